"""What the platform holds: conferences, series with their instances, and what it tells of them.

Schedules are read by the sandbox's code, which knows nothing of the product's own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calbridge.enterprise.endpoint import TIME_FORMAT
from calbridge.enterprise.messages import ScheduleMessage
from calbridge.sandbox import expansion, refusals, schedule
from simulation import faults
from simulation.events import ROOMS
from simulation.world import World

Json = dict[str, Any]  # Any: JSON


HORIZON = timedelta(days=540)
"""How far ahead the platform lists, 18 months; a little less, as months differ."""


@dataclass(frozen=True)
class Row:
    """One conference, or one instance of a series. `origin` is the request that made it, "person" for somebody's own.

    `instance` is a child's original local start. `listed` is when every listing shows it.
    """

    id: int
    origin: str
    subject: str
    agenda: str
    start: datetime
    minutes: int
    settings: tuple[tuple[str, Any], ...]  # Any: JSON
    code: str | None
    schedule: str | None = None
    master: int | None = None
    instance: datetime | None = None
    changed: bool = False
    listed: datetime | None = None
    cancelled: bool = False

    @property
    def is_child(self) -> bool:
        """An instance under its master."""
        return self.master is not None and self.master != self.id

    @property
    def ends(self) -> datetime:
        """When it is over."""
        return self.start + timedelta(minutes=self.minutes)


@dataclass
class Habits:
    """What the platform's document leaves open (design.md, section 8)."""

    first_instance_child: bool = False
    master_stays_listed: bool = True
    resets_children: bool = False
    pages: bool = True
    lag: float = 0.0
    terse_answers: bool = False
    reports_participants: bool = True


@dataclass
class Conferences:
    """All that ever were, by id. `past` keeps what rows were, for listings that are stale; `version` counts changes.

    `taken` is when people cancelled which, `fetched` are agendas as last fetched. `uncertain`: whether calbridge does
    not know yet that one came to be.
    """

    world: World
    habits: Habits = field(default_factory=Habits)
    rows: dict[int, Row] = field(default_factory=dict)
    past: list[tuple[datetime, Row]] = field(default_factory=list)
    version: int = 0
    uncertain: Callable[[Row], bool] = lambda _row: False
    taken: dict[int, datetime] = field(default_factory=dict)
    fetched: dict[int, str] = field(default_factory=dict)
    _lacked: set[int] = field(default_factory=set)
    _next: int = 100

    # --- as people see it ---------------------------------------------------------------------------------------------

    def live(self) -> Iterator[Row]:
        """Heads that exist: single conferences and masters."""
        return (row for row in self.rows.values() if not row.is_child and not row.cancelled)

    def children(self, master: int) -> list[Row]:
        """The instances of a series that exist."""
        return [row for row in self._every_child(master) if not row.cancelled]

    def url(self, row: Row) -> str:
        """The room."""
        if row.code is None:
            return f"{ROOMS}alice"
        return f"{ROOMS}room-{row.code}"

    def change(self, row: Row, **changes: Any) -> Row:  # Any: a row's fields
        """Somebody, or we, change a conference."""
        changed = replace(row, **changes)
        self.past.append((self.world.now, row))
        self.rows[row.id] = changed
        self.version += 1
        return changed

    def cancel(self, row: Row) -> None:
        """It goes, a master with its children."""
        for each in [row, *self.children(row.id)]:
            self.change(each, cancelled=True)

    def copy(self, row: Row) -> Row:
        """Somebody makes a conference of her own out of ours, agenda and all."""
        self._next += 1
        return self._add(replace(row, id=self._next, origin="person", schedule=None, master=None, code=str(self._next)))

    def plant(self, reference: str) -> None:
        """Another installation has one on this account, too."""
        self._next += 1
        start = self.world.now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=9)
        agenda = f"Theirs\n\nRef. {reference}"
        self._add(Row(self._next, "person", "Theirs", agenda, start, 60, _settings({}), str(self._next)))

    # --- as requests do -----------------------------------------------------------------------------------------------

    def create(self, asked: Json, sent: datetime) -> Row:
        zone = ZoneInfo(asked["time_zone"])
        start = datetime.strptime(asked["start"], TIME_FORMAT).replace(tzinfo=zone)
        self._next += 1
        listed = max(
            self.world.now, sent + timedelta(seconds=self.world.random.uniform(self.habits.lag / 2, self.habits.lag))
        )
        if self.habits.lag:
            self.world.struck["api listing lag"] += 1
        rule = None if asked.get("schedule") is None else schedule.parse(asked["schedule"])
        row = Row(
            id=self._next,
            origin=f"request {asked['request']}",
            subject=asked["subject"],
            agenda=asked["agenda"],
            start=start,
            minutes=asked["duration"],
            settings=_settings(asked),
            code=str(100_000 + self._next) if asked["one_time_access_code"] else None,
            schedule=None if rule is None else str(rule),
            master=None if rule is None else self._next,
            listed=listed,
        )
        if rule is not None:
            row = self._from_first(row, rule)
        self._add(row)
        self._expand(row)
        return row

    def update(self, asked: Json) -> Row:
        row = self.existing(asked)
        if row.is_child and asked.get("schedule") is not None:
            raise refusals.Refused(ScheduleMessage.MASTER_ONLY)
        zone = ZoneInfo(asked["time_zone"])
        said = {
            "subject": asked["subject"],
            "agenda": asked["agenda"],
            "minutes": asked["duration"],
            "start": datetime.strptime(asked["start"], TIME_FORMAT).replace(tzinfo=zone),
            "settings": _settings(asked),
        }
        if row.is_child or row.schedule is None:
            return self.change(row, **said, changed=row.is_child)
        rule = schedule.parse(asked.get("schedule") or row.schedule)
        after = self._from_first(replace(row, **said, schedule=str(rule)), rule)
        anew = (after.start, after.schedule) != (row.start, row.schedule)
        self.change(row, **said | {"start": after.start, "schedule": after.schedule})
        if anew:
            for child in self._every_child(row.id):
                self.change(child, cancelled=True, instance=None)  # no update brings it back
            self._expand(after)
        else:
            self._spread(after)
        return after

    def _every_child(self, master: int) -> list[Row]:
        return [row for row in self.rows.values() if row.master == master != row.id]

    def _spread(self, master: Row) -> None:
        """A master's new values reach its children; whether also those that were changed is a habit."""
        for child in self._every_child(master.id):
            back = self.habits.resets_children and (child.changed or child.cancelled)
            if child.instance is None or ((child.changed or child.cancelled) and not back):
                continue
            self.change(
                child,
                subject=master.subject,
                agenda=master.agenda,
                minutes=master.minutes,
                settings=master.settings,
                start=child.instance.replace(tzinfo=master.start.tzinfo),
                changed=False,
                cancelled=False,
            )

    def _from_first(self, row: Row, rule: schedule.Schedule) -> Row:
        first = expansion.first_date(rule, row.start.date())
        if first is None:
            raise refusals.Refused(ScheduleMessage.UNPARSABLE)
        return replace(row, start=datetime.combine(first, row.start.time(), row.start.tzinfo))

    def _expand(self, master: Row) -> None:
        if master.schedule is None:
            return
        rule = schedule.parse(master.schedule)
        last = expansion.months_later(self.world.now, 18).date()
        wall = master.start.replace(tzinfo=None)
        for number, local in enumerate(expansion.wall_times(rule, wall, last)):
            if number == 0 and not self.habits.first_instance_child:
                continue
            start = local.replace(tzinfo=master.start.tzinfo)
            if start + timedelta(minutes=master.minutes) <= self.world.now:
                continue
            self._next += 1
            self._add(replace(master, id=self._next, start=start, instance=local, schedule=None))

    def existing(self, asked: Json) -> Row:
        row = self.rows.get(asked["conference_id"])
        if row is None or row.cancelled:
            raise refusals.Missing("No such conference")
        return row

    def _add(self, row: Row) -> Row:
        self.rows[row.id] = row
        self.version += 1
        return row

    # --- as answers show it -------------------------------------------------------------------------------------------

    def listing(self, asked: Json, fault: str | None) -> Any:  # Any: JSON
        rows = [row for row in self._rows(fault) if self._is_listed(row)]
        lacked = {row.id for row in rows if row.id not in self._lacked and self.uncertain(row)}
        for row in rows:
            if row.origin == "person" and "cb1-main-" in row.agenda and not self.world.calm and self.world.chance(0.5):
                self.world.later(self.world.random.uniform(0, 5), "  people edit what was just listed", self._own(row))
        if lacked and self.world.draw(faults.LACKING) is not None:
            self._lacked |= lacked
            rows = [row for row in rows if row.id not in lacked]
        rows.sort(key=lambda row: (row.start, row.id))
        if not self.habits.pages:
            return [self.shaped(row) for row in rows]
        first = int(asked.get("page") or 0)
        shown = [self.shaped(row) for row in rows[first : first + 10]]
        if fault == "api id twice" and shown:
            shown.append(shown[0])
        following = first + 10 if len(rows) > first + 10 else None
        if fault == "api pages in a circle" and following is not None:
            following = first or 10
        return {"conferences": shown, "next_page": None if following is None else str(following)}

    def _own(self, row: Row) -> Callable[[], object]:
        """Somebody writes a text of her own into what she made of ours."""
        return lambda: self.change(self.rows[row.id], agenda="Her own")

    def _rows(self, fault: str | None) -> list[Row]:
        if fault != "api stale listing":
            return list(self.rows.values())
        since = self.world.now - timedelta(seconds=self.world.random.uniform(1, 60))
        before = {row.id: row for moment, row in reversed(self.past) if moment > since}
        return [before.get(id_, row) for id_, row in self.rows.items()]

    def _is_listed(self, row: Row) -> bool:
        now = self.world.now
        if row.cancelled or (row.listed is not None and row.listed > now) or row.start > now + HORIZON:
            return False
        if row.master == row.id and self.habits.master_stays_listed:
            return any(child.ends > now for child in self.children(row.id)) or row.ends > now
        return row.ends > now

    def written(self, row: Row, fault: str | None) -> Json:
        shaped = self.shaped(row)
        if fault == "api no room url" or self.habits.terse_answers:
            del shaped["room_url"]
        return shaped

    def shaped(self, row: Row) -> Json:
        shaped = {
            "conference_id": row.id,
            "subject": row.subject,
            "agenda": row.agenda,
            "start": row.start.strftime(TIME_FORMAT),
            "end_time": row.ends.strftime(TIME_FORMAT),
            "active": row.start <= self.world.now < row.ends,
            "time_zone": str(row.start.tzinfo),
            "duration": row.minutes,
            **dict(row.settings),
            "one_time_access_code": False if row.code is None else int(row.code),
            "room_url": self.url(row),
            "recordings": [],
            "moderator_token": "CANARY-moderator-token",
        }
        if not self.habits.reports_participants:
            del shaped["participant_emails"]
        if row.master is None:
            return shaped
        return shaped | {"is_master": row.master == row.id, "master_id": row.master, "schedule": row.schedule}


_SETTINGS = ("auto_record", "auto_stream", "auto_transcribe", "mute_mode", "security_pin", "participant_emails")


def _settings(asked: Json) -> tuple[tuple[str, Any], ...]:  # Any: JSON
    return tuple((name, asked.get(name)) for name in _SETTINGS)
