"""The block: the lines of a description that are ours, as text. Where it stands in the event is `invite.py`'s business.

    :::::::: calbridge ::::::::
    Video conference
    Join: https://rooms.example.com/abc
    :::::::: /calbridge ::::::::

Or, where the event asks for a room and can't have one, a *note* of two lines: why, and what to do.

The delimiters are the same in every language and found however a client trims, joins or indents lines. Between both
delimiters all text is ours where it comes from a template; in the built-in block a line that we never write is the
user's, and stays, behind the block. Where delimiters are lost, only lines that can be told as ours go.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from calbridge.core.wording import WORDINGS

Span: TypeAlias = tuple[int, int]

START: Final = ":::::::: calbridge ::::::::"
END: Final = ":::::::: /calbridge ::::::::"

# Every repetition is bounded, so that ten megabytes of colons cost one look at each.
HTML_DELIMITER: Final = re.compile(r"(?<!:):{3,16}\s{0,4}(/?)\s{0,4}calbridge\s{0,4}:{3,16}", re.IGNORECASE)
"""A delimiter where lines may break at any space."""

DELIMITER: Final = re.compile(HTML_DELIMITER.pattern.replace(r"\s", r"[^\S\r\n]"), re.IGNORECASE)
"""In plain text it is on one line: the rest of one is none together with the next line's."""

_LINK: Final = re.compile(r"https?://[^\s<>\"']{1,2000}", re.IGNORECASE)
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_TITLES: Final = frozenset(each.title.casefold() for each in WORDINGS.values())
_LABELS: Final = frozenset(label.casefold() for each in WORDINGS.values() for label in each.labels)


@dataclass(frozen=True, slots=True)
class Block:
    """One block found in a text. `spans` are the parts that are ours; more than one where a user's lines are between.

    `whole`: both delimiters are there and nothing of a user's is between them.
    """

    spans: tuple[Span, ...]
    whole: bool

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.spans[0][0]


def has_link_block(text: str, *, room_url: str | None = None) -> bool:
    """Whether an unescaped description has a block with a link, by which an event goes on asking for its room."""
    return any(not is_note(text, block) for block in find_blocks(text, room_url=room_url))


def strip_block(text: str, *, room_url: str | None = None) -> tuple[str, bool]:
    """Take our block out of an unescaped description; say whether there was one.

    `room_url` is the link as we wrote it, where known: it helps to tell our lines where a delimiter is lost.
    """
    blocks = find_blocks(text, room_url=room_url)
    kept, position = [], 0
    for start, end in spans_to_remove(text, blocks):
        kept.append(text[position:start])
        position = end
    return "".join([*kept, text[position:]]), bool(blocks)


def block_of(inner: str) -> str:
    """Put text between the delimiters; it can't hold one itself."""
    return f"{START}\n{DELIMITER.sub('', inner)}\n{END}"


def find_blocks(text: str, *, room_url: str | None = None) -> tuple[Block, ...]:
    """Find every block, complete or damaged, in the order of the text."""
    marks = list(DELIMITER.finditer(text))
    if not marks:
        return _undelimited(text, room_url)
    blocks: list[Block] = []
    position = 0
    number = 0
    while number < len(marks):
        mark = marks[number]
        following = marks[number + 1] if number + 1 < len(marks) else None
        if mark[1]:
            block = Block(((_first_own(text, position, mark.start(), room_url), mark.end()),), whole=False)
        elif following is not None and following[1]:
            block = _delimited(text, mark.span(), following.span(), room_url)
            number += 1
        else:
            limit = following.start() if following is not None else len(text)
            block = Block(((mark.start(), _last_own(text, mark.end(), limit, room_url)),), whole=False)
        blocks.append(block)
        position = block.spans[-1][1]
        number += 1
    return tuple(blocks)


def spans_to_remove(text: str, blocks: tuple[Block, ...]) -> tuple[Span, ...]:
    """Say what to cut out: the blocks, each with the up to two line breaks that part it from what stands before."""
    spans: list[Span] = []
    for block in blocks:
        (start, end), *rest = block.spans
        floor = spans[-1][1] if spans else 0
        if rest:
            # A user's line follows, and stays a line: of two breaks before the block one goes, a single one does not.
            one, two = (_before_breaks(text, start, floor, count) for count in (1, 2))
            start = one if two < one else start
        elif end == len(text) or text[end] in "\r\n":
            start = _before_breaks(text, start, floor, 2)
        if start == floor == 0:
            end = _after_break(text, end)
        spans += [(start, end), *rest]
    return tuple(spans)


def is_note(text: str, block: Block) -> bool:
    """Whether a block says why there is no room, however a client joined or indented its lines."""
    inner = DELIMITER.sub("", "".join(text[start:end] for start, end in block.spans))
    return squeezed(inner).casefold().startswith(_NOTES)


def link_in(text: str, block: Block) -> str | None:
    """Find the first link in a block: the room's, in a built-in block."""
    found = _LINK.search(text, block.start, block.spans[-1][1])
    return found[0] if found else None


def squeezed(text: str) -> str:
    """Reduce a text to what survives any client's trimming and reflowing: its characters without white space."""
    return "".join(text.split())


_NOTES: Final = tuple(squeezed(f"{each.no_room}:").casefold() for each in WORDINGS.values())


def _delimited(text: str, start: Span, end: Span, room_url: str | None) -> Block:
    inner = [
        (match.start(), match.end()) for match in _LINE.finditer(text, start[1], end[0]) if match.end() > match.start()
    ]
    if not any(_bare(text[first:last]) in _TITLES or _is_note_line(text[first:last]) for first, last in inner):
        return Block(((start[0], end[1]),), whole=True)  # a template's
    found = _LINK.search(text, start[1], end[0])
    urls = {url for url in (room_url, found[0] if found else None) if url}
    foreign = [(first, last) for first, last in inner if not is_own(text[first:last], urls)]
    if not foreign:
        return Block(((start[0], end[1]),), whole=True)
    spans: list[Span] = []
    position = start[0]
    for first, last in foreign:
        if position < first:
            spans.append((position, first))
        position = last
    return Block((*spans, (position, end[1])), whole=False)


def _undelimited(text: str, room_url: str | None) -> tuple[Block, ...]:
    """Find the line that says how to join our room, with what we write around it, where both delimiters are lost."""
    at = text.find(room_url) if room_url else -1
    while room_url and at >= 0:
        start = text.rfind("\n", 0, at) + 1
        if _has_label(text[start:at]):
            end = _last_own(text, start, len(text), room_url)
            return (Block(((_head(text, start), end),), whole=False),)
        at = text.find(room_url, at + len(room_url))
    return ()


def _head(text: str, start: int) -> int:
    """Where our lines begin above the one that says how to join: the title, and what is left of a delimiter."""
    while start:
        above = text.rfind("\n", 0, start - 1) + 1
        if not (_bare(text[above:start]) in _TITLES or _is_rest(text[above:start])):
            break
        start = above
    return start


def is_own(line: str, urls: Collection[str]) -> bool:
    """Whether a line near a delimiter is one that we write, in any language; `urls` are the room's."""
    bare = _bare(line)
    known = not bare or bare in _TITLES or _has_label(line) or any(url in line for url in urls)
    return known or _is_rest(line)


def _is_rest(line: str) -> bool:
    """Whether a line is what a user's cut left of a delimiter."""
    rest = squeezed(line).casefold()
    return ":::" in rest and any(rest in squeezed(delimiter) for delimiter in (START, END))


def _has_label(line: str) -> bool:
    label, colon, _ = line.partition(":")
    return bool(colon) and _bare(label) in _LABELS


def _is_note_line(line: str) -> bool:
    return squeezed(line).casefold().startswith(_NOTES)


def _bare(line: str) -> str:
    return " ".join(line.split()).casefold()


def _last_own(text: str, start: int, limit: int, room_url: str | None) -> int:
    """Where our lines end behind a start delimiter whose end is lost."""
    urls = {room_url} if room_url else set()
    end = start
    for match in _LINE.finditer(text, start, limit):
        if not is_own(match[0], urls):
            break
        if match[0].strip():
            end = match.start() + len(match[0].rstrip())
        if match.end() == match.start():
            break
    return end


def _first_own(text: str, floor: int, end: int, room_url: str | None) -> int:
    """Where our lines begin before an end delimiter whose start is lost."""
    urls = {room_url} if room_url else set()
    first = end
    while first > floor:
        previous = max(text.rfind("\n", floor, first - 1), floor - 1) + 1
        line = text[previous:first]
        if not is_own(line, urls):
            break
        first = previous
    return end - len(text[first:end].lstrip())


def _before_breaks(text: str, position: int, floor: int, count: int) -> int:
    for _ in range(count):
        if position > floor and text[position - 1] == "\n":
            position -= 2 if position - 1 > floor and text[position - 2] == "\r" else 1
    return position


def _after_break(text: str, position: int) -> int:
    if text.startswith("\r\n", position):
        return position + 2
    return position + 1 if text[position : position + 1] in {"\r", "\n"} else position
