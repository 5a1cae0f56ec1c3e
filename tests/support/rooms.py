"""A platform in memory, with real state: conferences, masters and their children."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from calbridge.core import marker, schedule
from calbridge.core.model import Conference, Fields, Listing
from calbridge.core.schedule import Schedule

LISTED = timedelta(days=90)
"""How far from its start a series' children are listed: enough for tests, and fast."""


def conference(number: int, fields: Fields, *, master_id: int | None = None) -> Conference:
    """What the platform has after these fields were sent."""
    settings = fields.settings
    return Conference(
        id=number,
        subject=fields.subject,
        agenda=fields.agenda,
        start=fields.start,
        duration=fields.duration,
        schedule=fields.schedule,
        master_id=number if fields.schedule is not None else master_id,
        active=False,
        room_url=f"https://rooms.example.com/{master_id or number}",
        one_time=settings.one_time_access_code,
        access_code="123456" if settings.one_time_access_code else None,
        mute_mode=settings.mute_mode,
        auto_record=settings.auto_record,
        auto_stream=settings.auto_stream,
        auto_transcribe=settings.auto_transcribe,
        security_pin=settings.security_pin,
    )


class Rooms:
    """All conferences of one host, by id. Ids grow from 101; a master's children follow it."""

    def __init__(self) -> None:
        self.all: dict[int, Conference] = {}
        self._ids = count(101)

    def create(self, fields: Fields) -> Conference:
        """Make a conference, with its children where it is a series."""
        made = conference(next(self._ids), fields)
        self.all[made.id] = made
        self._make_children(made, fields)
        return made

    def update(self, number: int, fields: Fields) -> Conference:
        """Set everything of a conference; a new schedule or start makes new children, else the unchanged follow."""
        before = self.all[number]
        master_id = before.master_id if before.is_child else None
        after = replace(conference(number, fields, master_id=master_id), one_time=before.one_time)
        self.all[number] = after
        if (before.start, before.schedule) == (after.start, after.schedule):
            self._update_children(before, fields)
        elif not before.is_child:
            self._drop_children(number)
            self._make_children(after, fields)
        return after

    def cancel(self, number: int) -> None:
        """Take a conference away, a master with all its children."""
        self._drop_children(number)
        self.all.pop(number, None)

    def edit(self, number: int, **changes: object) -> None:
        """Somebody changes a conference on the platform's own pages."""
        self.all[number] = replace(self.all[number], **changes)  # type: ignore[arg-type]  # named by the test

    def listing(self, now: datetime) -> Listing:
        """A complete look."""
        return Listing(now, tuple(self.all.values()), complete=True)

    @property
    def heads(self) -> list[Conference]:
        """Single conferences and masters, oldest first."""
        return sorted((c for c in self.all.values() if not c.is_child), key=lambda c: c.id)

    def children(self, master_id: int) -> list[Conference]:
        """The instances of a series, by start."""
        found = (c for c in self.all.values() if c.is_child and c.master_id == master_id)
        return sorted(found, key=lambda c: c.start)

    def _make_children(self, master: Conference, fields: Fields) -> None:
        if master.schedule is None:
            return
        pattern = schedule.parse(master.schedule)
        assert isinstance(pattern, Schedule)
        for start in schedule.expand(pattern, master.start, after=None, before=master.start + LISTED):
            child = conference(next(self._ids), replace(fields, start=start, schedule=None), master_id=master.id)
            self.all[child.id] = child

    def _update_children(self, before: Conference, fields: Fields) -> None:
        for child in self.children(before.id):
            if marker.find(child.agenda) == marker.find(before.agenda):
                like_the_rest = replace(fields, start=child.start, schedule=None)
                self.all[child.id] = conference(child.id, like_the_rest, master_id=before.id)

    def _drop_children(self, master_id: int) -> None:
        for child in self.children(master_id):
            del self.all[child.id]
