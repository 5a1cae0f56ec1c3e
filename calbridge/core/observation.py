"""What one pass sees of a host: her events, what is remembered of them, and what a closer look showed."""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from calbridge.core.breakers import Recent
from calbridge.core.model import CalendarObject, Reading
from calbridge.core.remembered import Memory, Stray, WriteState


@dataclass(frozen=True, slots=True)
class Found:
    """One calendar object and what was read of it. `existing`: there since the first poll, and not edited since.

    `anothers`: it asks, and what it shows stays another host's. `shows_of`: whether or not it asks, it
    shows rooms that these other hosts have for this UID, by their ids on the platform, and none of hers.
    """

    source: CalendarObject
    reading: Reading
    existing: bool = False
    anothers: bool = False
    shows_of: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Records:
    """What the store knows beyond the meetings of one host; only an audit asks for it.

    `claimed` are the conferences that any host's mapping names. `made` are conferences that this store created for
    the host, as its history says; `asked` the (UID, part) of creates whose outcome stayed unknown. `whole`: nothing
    in her calendars failed to be read.
    """

    claimed: frozenset[int] = frozenset()
    made: frozenset[int] = frozenset()
    asked: frozenset[tuple[str, str]] = frozenset()
    strays: tuple[Stray, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Observation:
    """What one pass sees of a host.

    `found` are the objects of calendars that were polled well (`healthy`); `calendars` are all that she has; `emptied`
    are those that held events and list none any more, which is not believed;
    `elsewhere` says, by UID, in which calendars an event was when they were last read, and which were not read in this
    pass; of calendars that are not hers any more those in which it asked.
    `unreadable` are UIDs of objects that could not be read, or are not any more as this pass read them. `proofs`
    answers a look for proof: whether the event is gone from a complete listing, its own GET says 404, and no other
    calendar of the host has its UID.
    """

    found: tuple[Found, ...]
    calendars: frozenset[str]
    healthy: frozenset[str]
    writable: frozenset[str]
    emptied: frozenset[str] = frozenset()
    elsewhere: Map[str, frozenset[str]] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    memories: Map[str, Memory] = field(default_factory=dict)
    write_states: Map[tuple[str, str], WriteState] = field(default_factory=dict)
    proofs: Map[str, bool] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)
    records: Records | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether every calendar of the host may be believed."""
        return self.healthy == self.calendars

    @property
    def uids(self) -> frozenset[str]:
        """Every event that is there or remembered."""
        return frozenset((*(found.reading.uid for found in self.found), *self.memories))
