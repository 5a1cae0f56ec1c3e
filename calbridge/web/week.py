"""One week of a host's meetings as a calendar shows it: which half hours each takes, and beside which others. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from calbridge.core.upcoming import Upcoming

SLOT: Final = 30
"""Minutes of one row."""

LANES: Final = 4
"""Meetings beside each other at most; further ones share the last lane."""

_OFFICE: Final = (8, 18)  # hours that are always shown
_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Box:
    """One meeting on one day. `row` counts from 1, the first shown hour's; `rows` are taken; `lane` counts from 1.

    `is_alone`: no other meeting takes any of its half hours, so it has the day's whole width.
    """

    meeting: Upcoming
    start: datetime
    end: datetime
    row: int
    rows: int
    lane: int
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One day and what is in it, in order."""

    date: date
    is_today: bool
    lanes: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday by the clock of one zone. `hours` are those that have a row for their first half hour."""

    days: tuple[Day, ...]
    hours: range
    count: int

    @property
    def monday(self) -> date:
        """Its first day."""
        return self.days[0].date

    @property
    def before(self) -> date:
        """The Monday before."""
        return self.monday - timedelta(weeks=1)

    @property
    def after(self) -> date:
        """The Monday after."""
        return self.monday + timedelta(weeks=1)


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def bounds(monday: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first moment of a week, and the first after it."""
    return datetime.combine(monday, time(), zone), datetime.combine(monday + timedelta(weeks=1), time(), zone)


def week_of(monday: date, meetings: Sequence[Upcoming], zone: tzinfo, now: datetime) -> Week:
    """Lay a week out. A meeting stands on the day on which it begins, and ends there with the day."""
    local = [(each.start.astimezone(zone), each) for each in meetings]
    spans = [(start.hour * 60 + start.minute, each.minutes) for start, each in local]
    first = min([_OFFICE[0], *(start // 60 for start, _ in spans)])
    last = max([_OFFICE[1], *(-(-min(start + minutes, _DAY) // 60) for start, minutes in spans)])
    today = now.astimezone(zone).date()
    days = []
    for offset in range(7):
        day = monday + timedelta(days=offset)
        found = [(start, each) for start, each in local if start.date() == day]
        boxes = tuple(_boxes(found, first))
        days.append(Day(day, day == today, max((box.lane for box in boxes), default=1), boxes))
    return Week(tuple(days), range(first, last), sum(len(day.boxes) for day in days))


def _boxes(found: Iterable[tuple[datetime, Upcoming]], first: int) -> Iterator[Box]:
    """Lay out a day. Meetings that touch each other's half hours form a group, and share its width."""
    group: list[Box] = []
    for start, meeting in found:
        begins = start.hour * 60 + start.minute
        ends = min(begins + max(meeting.minutes, 1), _DAY)
        row, after = (begins - first * 60) // SLOT + 1, -(-(ends - first * 60) // SLOT) + 1
        if group and row >= max(box.row + box.rows for box in group):
            yield from _alone(group)
            group = []
        taken = {box.lane for box in group if box.row + box.rows > row}
        lane = next((number for number in range(1, LANES) if number not in taken), LANES)
        group.append(Box(meeting, start, start + timedelta(minutes=meeting.minutes), row, after - row, lane))
    yield from _alone(group)


def _alone(group: list[Box]) -> list[Box]:
    return [replace(box, is_alone=True) for box in group] if len(group) == 1 else group
