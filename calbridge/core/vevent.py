"""One VEVENT as it lies in the bytes: its properties to look at, and a draft of what to change in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from calbridge.core.block import find_blocks, is_note, link_in
from calbridge.core.contentline import (
    Component,
    Edit,
    Folded,
    Line,
    Parts,
    components,
    fold,
    line_break_of,
    parse,
    respliced,
    unescape,
    unfold,
)

REFERENCE: Final = "X-CALBRIDGE-REF"
LINK: Final = "X-CALBRIDGE-URL"
NOTE: Final = "X-CALBRIDGE-NOTE"
WAS: Final = "X-CALBRIDGE-WAS-"
MICROSOFT: Final = "X-MICROSOFT-SKYPETEAMSMEETINGURL"

_READ: Final = frozenset(
    {
        "DESCRIPTION",
        "X-ALT-DESC",
        "LOCATION",
        "URL",
        "CONFERENCE",
        "STATUS",
        "RECURRENCE-ID",
        "LAST-MODIFIED",
        "DTSTAMP",
    }
    | {MICROSOFT, REFERENCE, LINK, NOTE, f"{WAS}LOCATION", f"{WAS}URL"}
)


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an event, unfolded and taken apart."""

    line: Line
    folded: Folded
    parts: Parts
    line_break: bytes

    @property
    def text(self) -> str:
        """The value, unescaped and trimmed: some servers escape URIs too (SOGo), some trim."""
        return unescape(self.parts.value).strip()


@dataclass(frozen=True, slots=True)
class Vevent:
    """One VEVENT; `properties` are those that the write-back may look at, in the order of the file."""

    component: Component
    properties: tuple[Property, ...]
    line_break: bytes

    def all(self, name: str) -> tuple[Property, ...]:
        """Find the properties of a name (upper case)."""
        return tuple(each for each in self.properties if each.line.name == name)

    def text(self, name: str) -> str | None:
        """Read the first property of a name."""
        return next((each.text for each in self.all(name)), None)

    @property
    def recurrence_key(self) -> str | None:
        """RECURRENCE-ID's value, made comparable; None for a master."""
        return recurrence_key(self.text("RECURRENCE-ID"))

    @property
    def is_cancelled(self) -> bool:
        """Whether it says STATUS:CANCELLED."""
        return (self.text("STATUS") or "").upper() == "CANCELLED"

    @property
    def room_url(self) -> str | None:
        """The link as we wrote it; out of the block where the server drops X-CALBRIDGE-URL."""
        own = self.text(LINK)
        if own is not None:
            return own
        for each in self.all("DESCRIPTION"):
            text = unescape(each.parts.value)
            for block in find_blocks(text):
                if not is_note(text, block):
                    return link_in(text, block)
        return None

    @property
    def has_note(self) -> bool:
        """Whether its block says why it has no room."""
        texts = (unescape(each.parts.value) for each in self.all("DESCRIPTION"))
        return any(is_note(text, block) for text in texts for block in find_blocks(text))


def recurrence_key(text: str | None) -> str | None:
    """Make a RECURRENCE-ID's value comparable."""
    return None if text is None else text.strip().upper()


def vevents(body: bytes) -> tuple[Vevent, ...]:
    """Find the events of a calendar object, in its order."""
    return tuple(
        Vevent(each, tuple(_read(body, each.properties)), line_break_of(body, each.begin))
        for each in components(body, "VEVENT")
    )


@dataclass(slots=True)
class Draft:
    """What is to change in one event, collected. New lines go in front of its first inner component, else its END."""

    event: Vevent
    _edits: list[Edit] = field(default_factory=list)
    _added: list[bytes] = field(default_factory=list)

    def splice(self, target: Property, edits: list[Edit]) -> None:
        """Change parts of a property; offsets are those of its unfolded content."""
        raw = respliced(target.folded, edits, target.line_break)
        self._edits.append(Edit(target.line.start, target.line.end, raw))

    def replace(self, target: Property, content: str) -> None:
        """Put another content line in a property's place."""
        self._edits.append(Edit(target.line.start, target.line.after, _folded(content, target.line_break)))

    def displace(self, target: Property, content: str, *, prefix: str, suffix: str) -> None:
        """Put a new content line behind a property that is renamed: all else of it stays as it is, folding too."""
        former = prefix.encode() + target.folded.raw + suffix.encode() + target.line_break
        new = former + _folded(content, target.line_break)
        self._edits.append(Edit(target.line.start, target.line.after, new))

    def remove(self, targets: Iterable[Property]) -> None:
        """Take properties out."""
        self._edits += [Edit(each.line.start, each.line.after, b"") for each in targets]

    def add(self, content: str) -> None:
        """Put a new content line into the event."""
        self._added.append(_folded(content, self.event.line_break))

    @property
    def is_empty(self) -> bool:
        """Whether nothing needs to change."""
        return not self._edits and not self._added

    def edits(self) -> list[Edit]:
        """Give everything as edits of the body."""
        inner = self.event.component.inner
        place = self.event.component.end.start if inner is None else inner
        added = [Edit(place, place, b"".join(self._added))] if self._added else []
        return [*self._edits, *added]


def _read(body: bytes, lines: Iterable[Line]) -> Iterable[Property]:
    for line in lines:
        if line.name in _READ:
            folded = unfold(body[line.start : line.end])
            if b":" in folded.content:  # else it is no property, whatever it begins with
                yield Property(line, folded, parse(folded.content), line_break_of(body, line))


def _folded(content: str, line_break: bytes) -> bytes:
    return fold(content.encode("utf-8", "surrogateescape"), line_break)
