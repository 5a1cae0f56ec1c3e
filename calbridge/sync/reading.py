"""What one calendar object says to one host, and what of it is kept."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Map
from datetime import datetime

import structlog

from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Reading, Skipped, Unasked
from calbridge.core.plan_note import shows_note
from calbridge.core.policy import Policy
from calbridge.core.problem import Problem
from calbridge.core.remembered import Memory
from calbridge.core.wanted import fingerprint
from calbridge.ports import Poll
from calbridge.store import Entry, Seen, digest
from calbridge.sync.telling import Teller
from calbridge.sync.values import Run, Seat

_log = structlog.get_logger()


class Reader:
    """Reads objects of one calendar of `host_id`'s; whatever is in them, it gives a value.

    `zone` is the calendar's own, an IANA name, None where it has none. `rooms` counts live ones by calendar.
    """

    def __init__(self, policy: Policy, zone: str | None, seat: Seat, run: Run, memories: Map[str, Memory]) -> None:
        self._policy = policy
        self.host_id = seat.profile.id
        self._host = seat.name
        self._zone = zone or seat.profile.zone or "UTC"
        self._store = run.store
        self._away = frozenset(uid for uid, memory in memories.items() if memory.absence is not None)
        self._remembered = frozenset(uid for uid, memory in memories.items() if memory.mappings or memory.intents)
        live = (m for memory in memories.values() for m in memory.mappings if m.is_held)
        self.rooms = Counter(mapping.calendar for mapping in live)

    @property
    def asked_for(self) -> str:
        """Fingerprint of everything that decides whether an object asks for a room, and is kept."""
        what = (self._policy.select, sorted(self._policy.owner.addresses), self._zone)
        return fingerprint(*what, "hidden ones are kept")

    def read(self, source: CalendarObject) -> Reading | Problem | None:
        """What it says; None where it is no event, a problem where our own code fails on it."""
        try:
            events = read_object(source, zone=self._zone)
            if isinstance(events, EventSet):
                return read_meeting(events, self._policy)
            return events
        except Exception as error:  # noqa: BLE001  the boundary of an event: one that breaks our code stops no other
            _log.exception("event failed", calendar=source.calendar)
            return Problem(
                source.href,
                "internal.error",
                f"calbridge itself failed on this event ({type(error).__name__}); its room stays as it is",
                "report it with the log's traceback",
            )

    def may_ask(self, source: CalendarObject) -> bool:
        """Whether its event asks for a room, as far as anybody can tell."""
        reading = self.read(source)
        return not isinstance(reading, Unasked) or reading.why == "hidden"

    def returned(self, seen: Iterable[Seen]) -> list[str]:
        """The UIDs of these objects whose meetings were away, and ask by now."""
        readings = (self.read(each.object) for each in seen if each.uid in self._away)
        return [r.uid for r in readings if isinstance(r, Meeting) and r.master is not None]

    def seen(self, source: CalendarObject) -> Seen:
        """What to keep of an object: all where it asks for a room, has one, may have one, says why not, or is odd."""
        reading = self.read(source)
        if isinstance(reading, Problem):
            before = self._store.calendars.object(source.calendar, source.href)
            return Seen(source, "" if before is None else before.uid, asks=True)
        if reading is None:
            return Seen(source, "", asks=False)
        hidden = isinstance(reading, Unasked) and reading.why == "hidden"
        asks = isinstance(reading, Meeting | Skipped) or hidden or reading.uid in self._remembered
        return Seen(source, reading.uid, asks=asks or shows_note(source.body))

    def unknown(self, calendar: str, objects: Iterable[CalendarObject]) -> Iterator[CalendarObject]:
        """Those of a calendar's objects that are not known as they are: some servers give no ETag to tell by."""
        given = list(objects)
        known = self._store.calendars.digests(calendar, [source.href for source in given])
        yield from (source for source in given if known.get(source.href) != digest(source.body))

    def told(self, poll: Poll, seen: Sequence[Seen], removed: Iterable[str], *, at: datetime) -> tuple[Entry, ...]:
        """What of a poll belongs into the history: events that ask for a room and came, changed or went.

        Compared by bytes: servers give new ETags, or none at all, to objects that nobody touched.
        """
        teller = Teller(self._policy.owner.host_id, self._host, at)
        asking = [each for each in seen if each.asks and each.uid]
        before = self._store.calendars.digests(poll.calendar, [each.object.href for each in asking])
        entries = []
        for each in asking:
            known = before.get(each.object.href)
            if known != digest(each.object.body):
                entries.append(teller.seen(each.uid, f"{'new' if known is None else 'changed'} in {poll.calendar}"))
        for href in sorted(removed):
            gone = self._store.calendars.object(poll.calendar, href)
            if gone is not None and gone.uid:
                entries.append(teller.gone(gone.uid, f"no longer in {poll.calendar}"))
        return tuple(entries)
