"""Markers, as design.md, section 5.1, says what they are; read apart from the product."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from simulation import events

_MARKER = re.compile(r"^Ref\. (cb1-main-([a-z2-7]{26})-(m|\d{1,4}|\d{8}T\d{6}Z)\.(\d+))$", re.MULTILINE)


@dataclass(frozen=True)
class Mark:
    """A marker of ours, taken apart."""

    text: str
    tag: str
    part: str
    gen: int

    def is_of(self, uid: str, part: str) -> bool:
        """Whether it is of this part of this meeting."""
        return (events.tag(uid), part) == (self.tag, self.part)

    def is_among(self, parts: Iterable[tuple[str, str]]) -> bool:
        """Whether it is of one of these, each (UID, part)."""
        return any(self.is_of(uid, part) for uid, part in parts)


def mark_of(agenda: str) -> Mark | None:
    """The marker of an agenda, on its last line."""
    found = _MARKER.search(agenda.splitlines()[-1]) if agenda else None
    return None if found is None else Mark(found[1], found[2], found[3], int(found[4]))
