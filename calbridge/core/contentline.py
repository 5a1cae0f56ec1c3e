"""Content lines (RFC 5545, section 3.1) as spans of bytes: find them, unfold them, splice them; never write them anew.

    body -> Component(properties: Line ...) -> Folded (one line, unfolded, every byte traceable) -> Parts (name, value)

Bytes that are not valid UTF-8 survive: text is decoded with `surrogateescape`. Everything is linear in the size of the
body and nothing recurses, since a body may be ten megabytes of one line or of BEGINs. A line may end in CRLF or LF.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

LIMIT: Final = 75
"""Octets of a physical line, its line break not counted (RFC 5545, section 3.1)."""

_LOGICAL: Final = re.compile(rb"[^\n]*+(?:\n[ \t][^\n]*+)*+\n?")
_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_HEAD: Final = re.compile(rb'(?:[^":]++|"[^"]*+")*+:')
_PARAMETER: Final = re.compile(rb';([^=;:"]*+)=((?:[^";]++|"[^"]*+")*+)')
_PARAMETER_VALUE: Final = re.compile(r'(?:[^",]++|"[^"]*+"?)++|(?<=,)(?=,|$)')
_CARET: Final = re.compile(r"\^([n'^])")
_ESCAPE: Final = re.compile(r"\\([nN\\;,])")


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line: `body[start:end]` is its content with folds, `body[end:after]` its line break (or nothing)."""

    name: str  # upper case
    start: int
    end: int
    after: int


@dataclass(frozen=True, slots=True)
class Component:
    """One component with the properties directly its own; `inner` is where its first nested component begins."""

    begin: Line
    end: Line
    properties: tuple[Line, ...]
    inner: int | None


@dataclass(frozen=True, slots=True)
class Folded:
    """One line, unfolded. `folds` are (start, end) offsets in `raw`; all other offsets are in `content`."""

    raw: bytes
    content: bytes
    folds: tuple[tuple[int, int], ...]

    def is_folded_at(self, offset: int) -> bool:
        """Whether a fold stands right before this offset of the content."""
        removed = 0
        for start, end in self.folds:
            if start - removed >= offset:
                return start - removed == offset
            removed += end - start
        return False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `content[start:end]` is its value as written, with quotes."""

    name: str  # upper case
    values: tuple[str, ...]  # without quotes, RFC 6868 undone
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parts:
    """A line taken apart. `value` is as written, escapes and all; it begins at `value_start` of the content."""

    name: str  # upper case
    parameters: tuple[Parameter, ...]
    value: str
    value_start: int

    def parameter(self, name: str) -> Parameter | None:
        """Find a parameter by its upper case name."""
        return next((each for each in self.parameters if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `new` in the place of the bytes from `start` to `end`; equal offsets insert."""

    start: int
    end: int
    new: bytes


def components(body: bytes, name: str) -> tuple[Component, ...]:
    """Find every component of a name (upper case) that has an end, wherever it is nested.

    An END that nothing opened is passed over; one that skips open components closes them, and those are not found.
    """
    found: list[Component] = []
    stack: list[tuple[str, Line, list[Line], list[int]]] = []
    open_names: Counter[str] = Counter()
    for match in _LOGICAL.finditer(body):
        line = _line(body, match.start(), match.end())
        match line.name:
            case "BEGIN":
                kind = _component_name(body, line)
                if stack:
                    stack[-1][3].append(line.start)
                stack.append((kind, line, [], []))
                open_names[kind] += 1
            case "END":
                kind = _component_name(body, line)
                if not open_names[kind]:
                    continue
                while stack:
                    opened, begin, properties, inner = stack.pop()
                    open_names[opened] -= 1
                    if opened == kind:
                        if kind == name:
                            found.append(Component(begin, line, tuple(properties), inner[0] if inner else None))
                        break
            case _:
                if stack and line.name and stack[-1][0] == name:
                    stack[-1][2].append(line)
    return tuple(sorted(found, key=lambda component: component.begin.start))


def unfold(raw: bytes) -> Folded:
    """Undo the folding of one logical line, given without its line break."""
    folds = tuple(match.span() for match in _FOLD.finditer(raw))
    return Folded(raw, _FOLD.sub(b"", raw) if folds else raw, folds)


def parse(content: bytes) -> Parts:
    """Take an unfolded line apart; a line without a colon outside quotes is cut at its first colon, or is all name."""
    head = _HEAD.match(content)
    colon = head.end() - 1 if head else content.find(b":")
    if colon < 0:
        colon = len(content)
    parameters = tuple(
        Parameter(_text(each[1]).strip().upper(), _parameter_values(_text(each[2])), each.start(2), each.end(2))
        for each in _PARAMETER.finditer(content, 0, colon)
    )
    return Parts(_name(content[:colon]), parameters, _text(content[colon + 1 :]), min(colon + 1, len(content)))


def spliced(body: bytes, edits: Iterable[Edit]) -> bytes:
    """Carry out edits that don't overlap; insertions at one place keep their order."""
    pieces: list[bytes] = []
    position = 0
    for edit in sorted(edits, key=lambda each: each.start):
        pieces += [body[position : edit.start], edit.new]
        position = edit.end
    return b"".join([*pieces, body[position:]])


def respliced(line: Folded, edits: Sequence[Edit], line_break: bytes) -> bytes:
    """Carry out edits of the unfolded content and give the raw bytes, every other fold staying where it is.

    Inserted text begins on a continuation line of its own, so that taking it out again restores the bytes before;
    text that replaces other text begins as that did.
    """
    removed = (0, *accumulate(end - start for start, end in line.folds))
    at = [start - removed[number] for number, (start, _) in enumerate(line.folds)]

    def behind(offset: int) -> int:
        """Give the raw offset right behind the byte before, in front of any fold."""
        return offset + removed[bisect_left(at, offset)]

    raw_edits: list[Edit] = []
    for edit in edits:
        end = len(line.raw) if edit.end == len(line.content) else behind(edit.end)
        start = end
        if edit.start < edit.end:
            last = bisect_right(at, edit.start) - 1
            start = line.folds[last][0] if last >= 0 and at[last] == edit.start else behind(edit.start)
        raw_edits.append(_refolded(line.raw, Edit(start, end, edit.new), line_break))
    return spliced(line.raw, raw_edits)


def fold(content: bytes, line_break: bytes) -> bytes:
    """Write one new line, its line break included, at most 75 octets each and no UTF-8 sequence broken."""
    return (line_break + b" ").join(_chunks(content, LIMIT)) + line_break


def line_break_of(body: bytes, line: Line) -> bytes:
    """Say how a line ends; CRLF where it is the last and doesn't."""
    return body[line.end : line.after] or b"\r\n"


def escape(text: str) -> str:
    """Write a TEXT value (RFC 5545, section 3.3.11)."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def unescape(value: str) -> str:
    """Read a TEXT value; a backslash before anything else stays."""
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def escaped_offsets(value: str, offsets: Sequence[int]) -> list[int]:
    """Say where the given ascending offsets of `unescape(value)` are in `value`."""
    found: list[int] = []
    escapes = 0
    matches = _ESCAPE.finditer(value)
    upcoming = next(matches, None)
    for offset in offsets:
        while upcoming is not None and upcoming.start() - escapes < offset:
            escapes += 1
            upcoming = next(matches, None)
        found.append(offset + escapes)
    return found


def byte_offsets(text: str, offsets: Sequence[int]) -> list[int]:
    """Say where the given ascending offsets of a text are in its bytes."""
    lengths = [len(encoded(text[start:end])) for start, end in pairwise((0, *offsets))]
    return list(accumulate(lengths))


def encoded(text: str) -> bytes:
    """Give back the bytes that this module read a text from."""
    return text.encode("utf-8", "surrogateescape")


def _refolded(raw: bytes, edit: Edit, line_break: bytes) -> Edit:
    """Fold what is new, and part or join what stands around it: the two undo each other.

    A rest that we parted and one that was parted before can look alike; then a tab in our first fold tells the latter.
    """
    # Looked at up to the limit only: there may be many edits in one line of megabytes.
    window = max(edit.start - LIMIT - 1, 0)
    before = edit.start - max(raw.rfind(b"\n", window, edit.start) + 1, window)
    fold_after = _FOLD.match(raw, edit.end)
    is_short = before + _rest(raw, fold_after.end() if fold_after else edit.end) <= LIMIT
    fold_before = _FOLD.match(raw, edit.start, edit.end)
    if not edit.new:
        join = fold_after is not None and is_short and not (fold_before and fold_before[0].endswith(b"\t"))
        return Edit(edit.start, fold_after.end() if fold_after and join else edit.end, b"")
    chunks, separator = _chunks(edit.new, LIMIT - 1), line_break + b" "
    if edit.start == edit.end:
        opening = line_break + (b"\t" if fold_after and is_short else b" ")
    elif fold_before or before > LIMIT - 4:
        opening = fold_before[0] if fold_before else separator
    else:
        opening, chunks = b"", _chunks(edit.new, LIMIT - before)
    # A line that was too long already shows a file that is not folded: its rest is not parted either.
    part = fold_after is None and is_short and edit.end < len(raw)
    return Edit(edit.start, edit.end, opening + separator.join(chunks) + (separator if part else b""))


def _rest(raw: bytes, position: int) -> int:
    """Count the octets from a position to the end of its physical line, not far beyond the limit."""
    end = min(position + LIMIT + 3, len(raw))
    fold_at = _FOLD.search(raw, position, end)
    return (fold_at.start() if fold_at else end) - position


def _line(body: bytes, start: int, after: int) -> Line:
    end = after
    if end > start and body[end - 1] == 0x0A:
        end -= 2 if end - 1 > start and body[end - 2] == 0x0D else 1
    colon = body.find(b":", start, end)
    head = body[start : colon if colon >= 0 else end]
    return Line(_name(_FOLD.sub(b"", head) if b"\n" in head else head), start, end, after)


def _name(head: bytes) -> str:
    return _text(head.partition(b";")[0]).strip().upper()


def _component_name(body: bytes, line: Line) -> str:
    raw = body[line.start : line.end]
    content = _FOLD.sub(b"", raw) if b"\n" in raw else raw
    return _text(content.partition(b":")[2]).strip().upper()


def _parameter_values(raw: str) -> tuple[str, ...]:
    values = [each[0].replace('"', "") for each in _PARAMETER_VALUE.finditer(raw)] or [""]
    return tuple(_CARET.sub(lambda match: {"n": "\n", "'": '"', "^": "^"}[match[1]], value) for value in values)


def _chunks(content: bytes, first: int) -> list[bytes]:
    chunks: list[bytes] = []
    position, room = 0, first
    while len(content) - position > room:
        cut = position + room
        for _ in range(3):
            if content[cut] & 0xC0 == 0x80:
                cut -= 1
        chunks.append(content[position:cut])
        position, room = cut, LIMIT - 1
    return [*chunks, content[position:]]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
