"""Rooms of other hosts in a host's events: one calendar that has two addresses, or copies of one event.

| the event shows, and nothing of her own                           | she has a room for it | then                     |
|-------------------------------------------------------------------|-----------------------|--------------------------|
| a room that another host has for this UID                         | no                    | it stays the other's     |
| the same; the other's id is smaller, and she still sees her event | yes                   | the same: one gives way  |
| the same, but for that                                            | yes                   | it becomes hers          |
| a reference of a configured host's to this UID; she has no room   | no                    | it stays so for an hour, |
| that we know, and was not listed since the event was seen         |                       | unless we cancelled it   |
"""

from collections.abc import Mapping as Map
from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from calbridge.core import marker
from calbridge.core.marker import Marker
from calbridge.core.model import Meeting, Reading
from calbridge.core.observation import Found
from calbridge.core.remembered import Mapping, Memory
from calbridge.core.vevent import REFERENCE, vevents
from calbridge.store import StoredObject
from calbridge.sync.values import Run, Seat

PATIENCE: Final = timedelta(hours=1)
"""How long a room that an event shows, and nobody knows any more, is another host's."""

_FATES: Final = frozenset({"create", "create-unknown", "adopt", "cancel"})


class Others:
    """The other hosts of this installation, as one host's pass asks for them."""

    def __init__(self, seat: Seat, run: Run, memories: Map[str, Memory]) -> None:
        self._seat = seat
        self._run = run
        self._memories = memories

    def found(self, stored: StoredObject, reading: Reading) -> Found:
        """One of the host's events, and whose room it shows."""
        shown = self._shown(reading, stored.object.body)
        own = marker.tag(self._seat.profile.id, reading.uid)
        if not shown or any(each.tag == own for each in shown):
            return Found(stored.object, reading, stored.existing)
        held = self._held(reading.uid, shown)
        keeps = isinstance(reading, Meeting) and self._keeps(reading.uid, shown, held)
        whose = frozenset(mapping.host_id for mapping in held)
        return Found(stored.object, reading, stored.existing, anothers=keeps, shows_of=whose)

    def _keeps(self, uid: str, shown: Set[Marker], held: Sequence[Mapping]) -> bool:
        """Whether what another host has, or may have, stays in an event that asks."""
        if any(mapping.is_held for mapping in self._memories.get(uid, Memory()).mappings):
            mine = self._seat.profile.id
            return any(m.host_id < mine and self._seat.tended(m.host_id, m.calendar) for m in held)
        return bool(held) or self._may_be_held(uid, {each.tag for each in shown})

    def _shown(self, reading: Reading, body: bytes) -> frozenset[Marker]:
        """The markers of this installation that an event shows."""
        if isinstance(reading, Meeting):
            references = reading.references
        elif REFERENCE.encode() in body:
            references = frozenset(event.text(REFERENCE) or "" for event in vevents(body))
        else:
            return frozenset()
        shown = (marker.parse(reference) for reference in references)
        return frozenset(found for found in shown if found and found.instance == self._run.config.instance)

    def _held(self, uid: str, shown: Set[Marker]) -> list[Mapping]:
        """What hosts have one of whose rooms it shows, or showed until a replacement that is not written yet."""
        others = [m for m in self._run.store.meetings.of_uid(uid) if m.host_id != self._seat.profile.id]
        named = {
            m.host_id
            for m in others
            if (m.is_held or m.state == "retired")
            and Marker(self._run.config.instance, marker.tag(m.host_id, uid), m.part, m.gen) in shown
        }
        return [m for m in others if m.is_held and m.host_id in named]

    def _may_be_held(self, uid: str, tags: Set[str]) -> bool:
        """Whether a host may have the room, and we don't know it: after a loss, or with an old database."""
        entries, mine = self._run.store.journal.entries(uid), self._seat.profile.id
        seen = max((e.at for e in entries if e.host_id == mine and e.action == "seen"), default=None)
        now = self._run.clock()
        if seen is None or not now - PATIENCE <= seen <= now:
            return False
        last = {e.host_id: e.action for e in entries if e.action in _FATES}
        return any(
            last.get(host_id) != "cancel" and (listed is None or listed < seen) and marker.tag(host_id, uid) in tags
            for host_id, listed in self._configured.items()
        )

    @cached_property
    def _configured(self) -> dict[int, datetime | None]:
        """When each other host's conferences were last listed, by her id on the platform, as far as that is known."""
        records = {record.host_id: record for record in self._run.store.journal.hosts()}
        ids = {record.name: record.host_id for record in records.values()}
        others = (host for host in self._run.config.hosts if host.name != self._seat.name)
        known = (host.id or ids.get(host.name) for host in others)
        return {i: records[i].last_listing if i in records else None for i in known if i is not None}
