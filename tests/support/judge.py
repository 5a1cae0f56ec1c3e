"""A judge of recurring events that walks day by day.

It shares no code with the package: it asks of each single date whether a rule means it, straight from the table of
RFC 5545, section 3.3.10, and compares instants in UTC.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LISTS = ("byyearday", "byweekno", "bymonthday", "bymonth", "bysetpos", "byhour", "byminute")


@dataclass(frozen=True)
class Rule:
    """An RRULE by its parts, beside the DTSTART that it belongs to: a naive local time.

    `until` is a day, a naive local time or a moment in UTC. BYWEEKNO is judged with weeks from Monday only, SKIP only
    beside BYMONTHDAY or nothing.
    """

    freq: str
    start: datetime
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    byday: tuple[tuple[int, int], ...] = ()
    bymonthday: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    bymonth: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    byhour: tuple[int, ...] = ()
    byminute: tuple[int, ...] = ()
    wkst: int = 0
    skip: str = ""

    @property
    def text(self) -> str:
        """The value of the RRULE property."""
        parts = ["RSCALE=GREGORIAN"] if self.skip else []
        parts += [f"FREQ={self.freq}", f"INTERVAL={self.interval}", f"WKST={NAMES[self.wkst]}"]
        parts += [f"COUNT={self.count}"] if self.count else []
        parts += [f"UNTIL={_stamp(self.until)}"] if self.until else []
        days = ",".join(f"{ordinal or ''}{NAMES[name]}" for ordinal, name in self.byday)
        parts += [f"BYDAY={days}"] if days else []
        numbers = ((name, ",".join(map(str, getattr(self, name)))) for name in _LISTS)
        parts += [f"{name.upper()}={value}" for name, value in numbers if value]
        return ";".join([*parts, *([f"SKIP={self.skip}"] if self.skip else [])])

    def said(self, zone: ZoneInfo, first: date, last: date) -> list[datetime]:
        """The local times that the rule says from DTSTART on; none is missing from `first` to `last`."""
        found = [wall for wall in self._picked(first, last) if wall >= self.start]
        return [wall for wall in found if self._before_until(wall, zone)][: self.count]

    def opening(self) -> datetime | None:
        """The first local time that the rule itself says, of the next 800 days, COUNT and UNTIL aside."""
        day = self.start.date()
        return next((wall for wall in self._picked(day, day + timedelta(days=800)) if wall >= self.start), None)

    @lru_cache(maxsize=100)  # noqa: B019 - rules are small, and their number is bounded
    def instances(self, zone: ZoneInfo, first: date, last: date) -> list[datetime]:
        """The same with DTSTART, which is an instance whatever the rule says, and counts."""
        found = sorted({self.start, *(wall for wall in self._picked(first, last) if wall >= self.start)})
        return [wall for wall in found if wall == self.start or self._before_until(wall, zone)][: self.count]

    def _before_until(self, wall: datetime, zone: ZoneInfo) -> bool:
        match self.until:
            case None:
                return True
            case datetime(tzinfo=None):
                return wall <= self.until
            case datetime():
                return instant(wall, zone) <= self.until
            case _:
                return wall.date() <= self.until

    def _picked(self, first: date, last: date) -> Iterator[datetime]:
        times = self._times
        walls = ((day, [datetime.combine(day, at) for at in times]) for day in self._days(first, last))
        if not self.bysetpos:
            return (wall for _, of_day in walls for wall in of_day)
        return self._by_position(walls)

    def _by_position(self, walls: Iterator[tuple[date, list[datetime]]]) -> Iterator[datetime]:
        for _, group in groupby(walls, key=lambda pair: self._period(pair[0])):
            found = [wall for _, of_day in group for wall in of_day]
            indices = {number - 1 if number > 0 else len(found) + number for number in self.bysetpos}
            yield from (found[index] for index in sorted(indices) if 0 <= index < len(found))

    @cached_property
    def _times(self) -> list[time]:
        hours, minutes = self.byhour or (self.start.hour,), self.byminute or (self.start.minute,)
        return [time(hour, minute, self.start.second) for hour in sorted(hours) for minute in sorted(minutes)]

    def _days(self, first: date, last: date) -> Iterator[date]:
        # what comes before COUNT must be walked from the very beginning
        begin = self.start.date() if self.count else max(self.start.date(), first)
        if self.bysetpos:  # which picks from whole periods
            begin, last = date(begin.year - 1, 12, 20), date(last.year + 1, 1, 7)
        span = range(begin.toordinal(), last.toordinal() + 1)
        return (day for day in map(date.fromordinal, span) if self._means(day))

    @cached_property
    def _first_period(self) -> int:
        return self._absolute_period(self.start.date())

    def _period(self, day: date) -> int:
        """How many periods of its frequency a day lies after DTSTART's."""
        return self._absolute_period(day) - self._first_period

    def _absolute_period(self, day: date) -> int:
        match self.freq:
            case "DAILY":
                return day.toordinal()
            case "WEEKLY":
                return (day.toordinal() - 1 - self.wkst) // 7
            case "MONTHLY":
                return day.year * 12 + day.month
            case _:
                return day.isocalendar().year if self.byweekno else day.year

    def _means(self, day: date) -> bool:
        """Whether the rule means that day, BYSETPOS, COUNT and UNTIL aside."""
        if self.skip and (moved := _moved_here(day, self.skip, self._numbers)) is not None:
            day = moved
        elif self._numbers and not _numbered(day, self._numbers):
            return False
        if self._months and day.month not in self._months:
            return False
        if self._period(day) % self.interval:
            return False
        if self.byyearday and not _in_year(day, self.byyearday):
            return False
        if self.byweekno and not _in_weeks(day, self.byweekno):
            return False
        return not self._names or any(self._named(day, ordinal, name) for ordinal, name in self._names)

    @cached_property
    def _months(self) -> tuple[int, ...]:
        implied = self.freq == "YEARLY" and not (self.byyearday or self.byweekno)
        if self.bymonth or not implied or (self.byday and not self.bymonthday):
            return self.bymonth
        return (self.start.month,)

    @cached_property
    def _numbers(self) -> tuple[int, ...]:
        by_day = self.byday or self.byyearday or self.byweekno
        if self.bymonthday or by_day or self.freq not in {"MONTHLY", "YEARLY"}:
            return self.bymonthday
        return (self.start.day,)

    @cached_property
    def _names(self) -> tuple[tuple[int, int], ...]:
        implied = self.freq == "WEEKLY" or self.byweekno
        return self.byday or (((0, self.start.weekday()),) if implied else ())

    def _named(self, day: date, ordinal: int, name: int) -> bool:
        if day.weekday() != name:
            return False
        if self.freq == "YEARLY" and not self.bymonth:
            index, last = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
        else:
            index, last = day.day, monthrange(day.year, day.month)[1]
        return ordinal in {0, (index - 1) // 7 + 1, -((last - index) // 7 + 1)}


def _numbered(day: date, numbers: tuple[int, ...]) -> bool:
    return day.day in numbers or day.day - monthrange(day.year, day.month)[1] - 1 in numbers


def _in_year(day: date, numbers: tuple[int, ...]) -> bool:
    index, last = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
    return index in numbers or index - last - 1 in numbers


def _in_weeks(day: date, numbers: tuple[int, ...]) -> bool:
    year, week, _ = day.isocalendar()
    return week in numbers or week - date(year, 12, 28).isocalendar().week - 1 in numbers


def _moved_here(day: date, skip: str, numbers: tuple[int, ...]) -> date | None:
    """The last day of a month that lacks one of the numbers which SKIP moves to this day (RFC 7529, section 4.1)."""
    eve = day - timedelta(days=1)
    if skip == "BACKWARD" and (day + timedelta(days=1)).day == 1 and any(number > day.day for number in numbers):
        return day
    if skip == "FORWARD" and day.day == 1 and any(number > eve.day for number in numbers):
        return eve
    return None


@dataclass(frozen=True)
class Change:
    """An override of the instance at a local time: moved, or cancelled where `start` (in UTC) is None."""

    instance: datetime
    start: datetime | None
    minutes: int


@dataclass(frozen=True)
class Event:
    """A recurring event. Local times are naive; further dates and exceptions may be whole days."""

    zone: ZoneInfo
    start: datetime
    minutes: int
    rules: tuple[Rule, ...]
    exrules: tuple[Rule, ...] = ()
    rdates: tuple[datetime | date, ...] = ()
    exdates: tuple[datetime | date, ...] = ()
    changes: tuple[Change, ...] = ()
    master: bool = True

    def walls(self, first: date, last: date) -> list[datetime]:
        """All instances before anything is taken out; none is missing from `first` to `last`."""
        found = {self.start, *(_at(each, self.start.time()) for each in self.rdates)}
        for rule in self.rules:
            found.update(rule.instances(self.zone, first, last))
        return sorted(found)

    def meant(self, first: date, last: date) -> list[tuple[datetime, int]]:
        """Every meeting's start, in UTC, and minutes; none is missing from `first` to `last`."""
        changed = [(each.start, each.minutes) for each in self.changes if each.start is not None]
        if not self.master:
            return sorted(changed)
        out = {instant(each, self.zone) for each in self.exdates if isinstance(each, datetime)}
        out |= {instant(each.instance, self.zone) for each in self.changes}
        for rule in self.exrules:
            out.update(instant(wall, self.zone) for wall in rule.said(self.zone, first, last))
        days = {each for each in self.exdates if not isinstance(each, datetime)}
        kept = {instant(wall, self.zone) for wall in self.walls(first, last) if wall.date() not in days}
        return sorted([*((at, self.minutes) for at in kept - out), *changed])


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """In UTC: a local time in a gap moves on, a repeated one is the first."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _at(each: datetime | date, clock: time) -> datetime:
    return each if isinstance(each, datetime) else datetime.combine(each, clock)


def _stamp(when: date | datetime) -> str:
    if not isinstance(when, datetime):
        return f"{when:%Y%m%d}"
    return f"{when:%Y%m%dT%H%M%S}{'Z' if when.tzinfo else ''}"
