"""What the write-back shows in an event: its room, or why it has none."""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Link:
    """What the event shows of its conference. `reference` is the marker; never a moderator's token or PIN."""

    reference: str
    room_url: str = field(repr=False)
    security_pin: str | None = field(default=None, repr=False)
    dial_in: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NoRoom:
    """What an event shows that asks for a room and can't have one: why, and what to do. `instance` is who says so."""

    instance: str
    rule: str
    reason: str
    hint: str


Links: TypeAlias = Map[str | None, Link | NoRoom | None]
"""Link by RECURRENCE-ID as in the file; the key None is the master's, and that of every override without an entry.

An entry without a link is an instance that is out: it shows none.
"""
