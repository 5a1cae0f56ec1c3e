"""Rooms of other hosts in a host's events: one calendar that has two addresses, or copies of one event.

| of another host's meeting of its UID the event shows a room, and | then                                           |
|------------------------------------------------------------------|------------------------------------------------|
| she has none for it                                              | it stays the other host's                      |
| both have; the other one's id is smaller, and she tends hers     | the same: one of two gives way, always         |
| both have, but for that                                          | it becomes hers                                |
| none that is known; a host who was not listed since the database | as if she had none, for an hour after the      |
| began may have it                                                | first poll of the calendar                     |
"""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property

from calbridge.core import marker
from calbridge.core.model import Meeting, Reading
from calbridge.core.observation import Found
from calbridge.core.remembered import Mapping, Memory
from calbridge.core.vevent import REFERENCE, vevents
from calbridge.store import StoredObject
from calbridge.sync.values import Run, Seat

_PATIENCE = timedelta(hours=1)


class Others:
    """The other hosts of this installation, as one host's pass asks for them."""

    def __init__(self, seat: Seat, run: Run, memories: Map[str, Memory]) -> None:
        self._seat = seat
        self._run = run
        self._memories = memories

    def found(self, stored: StoredObject, reading: Reading) -> Found:
        """One of the host's events, and whose room it shows."""
        tags = self._tags(reading, stored.object.body)
        own = marker.tag(self._seat.profile.id, reading.uid)
        if not tags - {own}:
            return Found(stored.object, reading, stored.existing)
        held = self._held(reading.uid, tags)
        keeps = isinstance(reading, Meeting) and self._keeps(reading, tags, held)
        shows = bool(held) and own not in tags
        return Found(stored.object, reading, stored.existing, anothers=keeps, shows_anothers=shows)

    def _keeps(self, meeting: Meeting, tags: frozenset[str], held: Sequence[Mapping]) -> bool:
        """Whether a room of another host's stays in an event that asks."""
        mine, memory = self._seat.profile.id, self._memories.get(meeting.uid, Memory())
        if any(mapping.is_held for mapping in memory.mappings):
            return any(m.host_id < mine and self._seat.tended(m.host_id, m.calendar) for m in held)
        return bool(held) or (not memory.intents and self._may_be_held(meeting, tags))

    def _tags(self, reading: Reading, body: bytes) -> frozenset[str]:
        """The TAGs of this installation that an event shows."""
        if isinstance(reading, Meeting):
            references = reading.references
        elif REFERENCE.encode() in body:
            references = frozenset(event.text(REFERENCE) or "" for event in vevents(body))
        else:
            return frozenset()
        shown = (marker.parse(reference) for reference in references)
        return frozenset(found.tag for found in shown if found and found.instance == self._run.config.instance)

    def _held(self, uid: str, tags: frozenset[str]) -> list[Mapping]:
        """What other hosts have of those that it shows, whichever generation and part it shows."""
        others = (m for m in self._run.store.meetings.of_uid(uid) if m.host_id != self._seat.profile.id)
        return [m for m in others if m.is_held and marker.tag(m.host_id, uid) in tags]

    def _may_be_held(self, meeting: Meeting, tags: frozenset[str]) -> bool:
        calendar = self._run.store.calendars.get(meeting.calendar)
        began = None if calendar is None else calendar.first_polled
        if began is None or self._run.clock() - began > _PATIENCE:
            return False
        return any(host_id is None or marker.tag(host_id, meeting.uid) in tags for host_id in self._unlisted)

    @cached_property
    def _unlisted(self) -> frozenset[int | None]:
        """The platform's ids of other hosts whose conferences were not listed yet; None for one who is not known."""
        records = {record.name: record for record in self._run.store.journal.hosts()}
        ids: set[int | None] = set()
        for host in self._run.config.hosts:
            record = records.get(host.name)
            if host.name != self._seat.name and (record is None or record.last_listing is None):
                ids.add(host.id if record is None else record.host_id)
        return frozenset(ids)
