"""Random events, and a judge of them that walks day by day.

The judge shares no code with the package: it asks of each single date whether the rule means it, straight from the
table of RFC 5545, section 3.3.10, and compares in UTC.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from hypothesis import assume
from hypothesis import strategies as st

NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "UTC",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
)
TIMES = (time(9), time(2, 30), time(0, 15), time(23, 45), time(1, 59, 30))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEARS = 4


@dataclass(frozen=True)
class Case:
    """An event, by its rule's parts."""

    freq: str
    start: datetime
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    byday: tuple[tuple[int, int], ...] = ()
    bymonthday: tuple[int, ...] = ()
    bymonth: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    wkst: int = 0
    exdays: tuple[date, ...] = field(default=())

    @property
    def text(self) -> str:
        parts = [f"FREQ={self.freq}", f"INTERVAL={self.interval}", f"WKST={NAMES[self.wkst]}"]
        parts += [f"COUNT={self.count}"] if self.count else []
        parts += [f"UNTIL={self.until:%Y%m%dT%H%M%SZ}"] if self.until else []
        days = ",".join(f"{ordinal or ''}{NAMES[name]}" for ordinal, name in self.byday)
        parts += [f"BYDAY={days}"] if days else []
        for name in ("bymonthday", "bymonth", "bysetpos"):
            numbers = ",".join(map(str, getattr(self, name)))
            parts += [f"{name.upper()}={numbers}"] if numbers else []
        return ";".join(parts)

    def at(self, day: date) -> datetime:
        """The instant, in UTC: a time in a gap moves on, a repeated one is the first."""
        return datetime.combine(day, self.start.time(), self.start.tzinfo).astimezone(UTC)

    @cached_property
    def first_week(self) -> date:
        return self._week(self.start.date())

    def _week(self, day: date) -> date:
        return day - timedelta(days=(day.weekday() - self.wkst) % 7)

    def period(self, day: date) -> int:
        """How many periods of its frequency a day lies after DTSTART's."""
        first = self.start.date()
        match self.freq:
            case "DAILY":
                return (day - first).days
            case "WEEKLY":
                return (self._week(day) - self.first_week).days // 7
            case "MONTHLY":
                return (day.year - first.year) * 12 + day.month - first.month
            case _:
                return day.year - first.year

    def means(self, day: date) -> bool:
        """Whether the rule means that day, BYSETPOS, COUNT and UNTIL aside."""
        first = self.start.date()
        if self.period(day) % self.interval:
            return False
        months = self.bymonth or (
            (first.month,) if self.freq == "YEARLY" and (self.bymonthday or not self.byday) else ()
        )
        numbers = self.bymonthday or ((first.day,) if self.freq in {"MONTHLY", "YEARLY"} and not self.byday else ())
        byday = self.byday or (((0, first.weekday()),) if self.freq == "WEEKLY" else ())
        last = monthrange(day.year, day.month)[1]
        return (
            (not months or day.month in months)
            and (not numbers or day.day in numbers or day.day - last - 1 in numbers)
            and (not byday or any(self._named(day, ordinal, name) for ordinal, name in byday))
        )

    def _named(self, day: date, ordinal: int, name: int) -> bool:
        if day.weekday() != name:
            return False
        if self.freq == "YEARLY" and not self.bymonth:
            index, last = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
        else:
            index, last = day.day, monthrange(day.year, day.month)[1]
        return ordinal in {0, (index - 1) // 7 + 1, -((last - index) // 7 + 1)}

    def days(self, end: date) -> list[date]:
        """The event's days up to `end`, EXDATEs included."""
        opening = min(self.first_week, self.start.date().replace(month=1, day=1))
        walked = (opening + timedelta(days=offset) for offset in range((end - opening).days + 400))
        found = [day for day in walked if self.means(day)]
        if self.bysetpos:
            found = self._picked(found)
        found = sorted({self.start.date(), *(day for day in found if day >= self.start.date())})
        if self.until:
            found = found[:1] + [day for day in found[1:] if self.at(day) <= self.until]
        return [day for day in found[: self.count] if day <= end]

    def _picked(self, found: list[date]) -> list[date]:
        periods: dict[int, list[date]] = {}
        for day in found:
            periods.setdefault(self.period(day), []).append(day)
        picked: list[date] = []
        for days in periods.values():
            indices = {number - 1 if number > 0 else len(days) + number for number in self.bysetpos}
            picked += [days[index] for index in indices if 0 <= index < len(days)]
        return picked


def _some(values: st.SearchStrategy[int], size: int = 3) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(values, max_size=size, unique=True).map(tuple)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    freq = draw(st.sampled_from(("DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY")))
    zone, clock = ZoneInfo(draw(st.sampled_from(ZONES))), draw(st.sampled_from(TIMES))
    start = datetime.combine(date(2024, 1, 1) + timedelta(days=draw(st.integers(550, 1000))), clock, zone)
    ordinals = st.integers(-5, 5) if freq in {"MONTHLY", "YEARLY"} else st.just(0)
    byday = tuple(draw(st.lists(st.tuples(ordinals, st.integers(0, 6)), max_size=3, unique=True)))
    bymonthday = draw(_some(st.sampled_from((1, 13, 28, 29, 31, -1, -3, start.day)), 2)) if freq != "WEEKLY" else ()
    bymonth = draw(_some(st.integers(1, 12)) | st.just(())) if draw(st.booleans()) else ()
    bysetpos = draw(_some(st.sampled_from((1, 2, -1)), 2)) if byday or bymonthday else ()
    case = Case(
        freq, start, draw(st.integers(1, 3)), None, None, byday, bymonthday, bymonth, bysetpos, draw(st.integers(0, 6))
    )
    days = case.days(start.date() + timedelta(days=800))
    assume(len(days) > 1)
    count, until = draw(st.sampled_from((None, 1, 2, 5, 30))), None
    if count is None and draw(st.booleans()):
        until = case.at(draw(st.sampled_from(days))) + timedelta(seconds=draw(st.sampled_from((-1, 0, 1, 40_000))))
        assume(until >= case.at(days[0]))
    # most events in the field start on a day of their rule
    if draw(st.booleans()) and not case.means(start.date()):
        start = datetime.combine(days[1], clock, zone)
    exdays = tuple(draw(st.lists(st.sampled_from(days), max_size=3, unique=True)))
    return Case(freq, start, case.interval, count, until, byday, bymonthday, bymonth, bysetpos, case.wkst, exdays)
