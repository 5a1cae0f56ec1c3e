"""Whose calendars are: a host's own, those that were hers, and those that another host has by now."""

from collections import defaultdict
from collections.abc import Iterable, Set
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Self

from calbridge.core.remembered import Memory
from calbridge.store import Seen, Store
from calbridge.sync.reading import Reader
from calbridge.sync.values import Run, Seat


@dataclass(frozen=True, slots=True)
class Whose:
    """Calendars by URL: `hers`; `left`, which were a host's and are nobody's now; `given`, which are another host's.

    Of the last only those in which her meetings have rooms.
    """

    hers: frozenset[str]
    left: frozenset[str]
    given: frozenset[str]

    @classmethod
    def of(cls, seat: Seat, run: Run, memories: Map[str, Memory]) -> Self:
        """As the seat has them, and as they were."""
        hers = frozenset(calendar.url for calendar, _ in seat.calendars) | seat.unseen
        claimed = frozenset(record.url for record in run.store.calendars.of_host(seat.profile.id))
        with_rooms = frozenset(m.calendar for memory in memories.values() for m in memory.mappings if m.is_held)
        return cls(hers, claimed - hers, with_rooms - claimed - hers)

    def arrived(self, seen: Iterable[Seen], known: Map[str, object], store: Store) -> frozenset[str]:
        """Which of a poll's events have moved out of calendars that are left out: those that come to her anew.

        `known` are the hrefs that the polled calendar held before.
        """
        if not self.left:
            return frozenset()
        new = {each.uid for each in seen if each.uid and each.object.href not in known}
        return frozenset(uid for uid in new if not store.calendars.places(self.hers, uid))

    def elsewhere(self, healthy: Set[str], reader: Reader, run: Run) -> dict[str, frozenset[str]]:
        """Where each event may be beside the calendars that were read: `healthy` are those.

        In calendars of hers that hold it, and in others in which it asked for a room. What another host reads of an
        event says nothing of what it asks of this one.
        """
        unread = (self.hers | self.left | self.given) - healthy
        if not unread:
            return {}
        found: defaultdict[str, set[str]] = defaultdict(set)
        for each in run.store.calendars.held(unread, reader.host_id):
            calendar = each.object.calendar
            if calendar not in self.left or (each.asks and reader.may_ask(each.object)):
                found[each.uid].add(calendar)
        return {uid: frozenset(calendars) for uid, calendars in found.items()}
