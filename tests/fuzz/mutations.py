"""What happens to bytes on their way: flipped bits, cut and swapped lines, lost and doubled parts, foreign bytes."""

import re
from collections.abc import Callable
from random import Random
from typing import TypeAlias

Mutation: TypeAlias = Callable[[bytes, Random], bytes]

_COMPONENT = re.compile(rb"BEGIN:(VEVENT|VALARM|VTIMEZONE|STANDARD|DAYLIGHT)\r?\n.*?END:\1\r?\n", re.DOTALL)
_NUMBER = re.compile(rb"\d+")
_NASTY = (
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",  # a lone surrogate, as CESU-8 writes it
    b"\xc3",  # the first half of a character
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b"\r\n ",
    b"\n\t",
    b'"',
    b";",
    b":",
    b",",
    b"\\",
    b"^n",
    b"\x1b[2J",
    "\N{RIGHT-TO-LEFT OVERRIDE}".encode(),
    "\N{LINE SEPARATOR}".encode(),
    b"9" * 5000,
    b"-1",
    b"0",
    b"%",
    b"=" * 100,
    b"::::::::",
    b":::::::: calbridge ::::::::",
    b":::::::: /calbridge ::::::::",
    b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n",
    b"END:VCALENDAR\r\n",
    b"BEGIN:VCALENDAR\r\n",
)


def flipped(body: bytes, random: Random) -> bytes:
    """A few bits are wrong."""
    changed = bytearray(body)
    for _ in range(random.choice((1, 1, 1, 2, 8))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(body: bytes, random: Random) -> bytes:
    """The end is missing, anywhere."""
    return body[: random.randrange(len(body) + 1)]


def cut_after_a_line(body: bytes, random: Random) -> bytes:
    """The end is missing, from a line on."""
    lines = body.splitlines(keepends=True)
    return b"".join(lines[: random.randrange(len(lines) + 1)])


def hole(body: bytes, random: Random) -> bytes:
    """A piece is missing."""
    start = random.randrange(len(body) + 1)
    return body[:start] + body[start + random.choice((1, 2, 10, 100, 1000)) :]


def inserted(body: bytes, random: Random) -> bytes:
    """Something is there that nobody wrote."""
    at = random.randrange(len(body) + 1)
    return body[:at] + random.choice(_NASTY) + body[at:]


def line_lost(body: bytes, random: Random) -> bytes:
    """A line is missing."""
    return _lines(body, lambda lines: [] if not lines else lines.pop(random.randrange(len(lines))))


def line_cut(body: bytes, random: Random) -> bytes:
    """A line ends early; its break stays."""

    def edit(lines: list[bytes]) -> None:
        at = random.randrange(len(lines))
        bare = lines[at].rstrip(b"\r\n")
        lines[at] = bare[: random.randrange(len(bare) + 1)] + lines[at][len(bare) :]

    return _lines(body, edit)


def line_doubled(body: bytes, random: Random) -> bytes:
    """A line is there twice."""
    return _lines(body, lambda lines: lines.insert(random.randrange(len(lines)), random.choice(lines)))


def lines_swapped(body: bytes, random: Random) -> bytes:
    """Two lines are in each other's place."""

    def edit(lines: list[bytes]) -> None:
        one, other = random.randrange(len(lines)), random.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]

    return _lines(body, edit)


def component_lost(body: bytes, random: Random) -> bytes:
    """A component is missing."""
    found = list(_COMPONENT.finditer(body))
    if not found:
        return body
    gone = random.choice(found)
    return body[: gone.start()] + body[gone.end() :]


def component_doubled(body: bytes, random: Random) -> bytes:
    """A component is there twice, the second time perhaps inside another."""
    found = list(_COMPONENT.finditer(body))
    if not found:
        return body
    again, into = random.choice(found), random.choice(found)
    at = random.choice((into.start(), into.end(), into.end() - 5))
    return body[:at] + again[0] + body[at:]


def number_changed(body: bytes, random: Random) -> bytes:
    """A number is another one: huge, negative, none."""
    found = list(_NUMBER.finditer(body))
    if not found:
        return body
    place = random.choice(found)
    new = random.choice((b"0", b"-1", b"99999999999999999999", b"", b"00", b"1e9", b"2147483648", b"9" * 4400))
    return body[: place.start()] + new + body[place.end() :]


def unfolded_anew(body: bytes, random: Random) -> bytes:
    """Folds are put anywhere, in the middle of characters and names too."""
    cuts = sorted(random.randrange(len(body) + 1) for _ in range(random.choice((1, 5, 50))))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    return random.choice((b"\r\n ", b"\n ", b"\n\t")).join(pieces)


def other_breaks(body: bytes, random: Random) -> bytes:
    """Line breaks are others."""
    return body.replace(b"\r\n", b"\n").replace(b"\n", random.choice((b"\r", b"\n", b"\r\n", b"\r\r\n", b"\n\n")))


MUTATIONS: tuple[Mutation, ...] = (
    flipped,
    flipped,
    cut,
    cut_after_a_line,
    hole,
    inserted,
    inserted,
    line_lost,
    line_cut,
    line_doubled,
    lines_swapped,
    component_lost,
    component_doubled,
    number_changed,
    unfolded_anew,
    other_breaks,
)


def mutated(body: bytes, random: Random) -> bytes:
    """One to four of them."""
    for _ in range(random.choice((1, 1, 2, 4))):
        body = random.choice(MUTATIONS)(body, random)
    return body


def _lines(body: bytes, edit: Callable[[list[bytes]], object]) -> bytes:
    lines = body.splitlines(keepends=True)
    if lines:
        edit(lines)
    return b"".join(lines)
