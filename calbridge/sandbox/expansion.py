"""From a schedule and a local start to the local dates and the instants that it means.

Local wall time stays through DST changes; weeks start on Monday; a month without the day is left out; the dates of
a schedule are those of its pattern at or after the start, and COUNT counts these.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import assert_never
from zoneinfo import ZoneInfo

from calbridge.sandbox.schedule import Daily, MonthlyByDay, MonthlyByMonthDay, Schedule, Weekly

CYCLE_YEARS = 40  # after which the weekdays of a year's dates have repeated, also across 2100


def dates(schedule: Schedule, start: date, last: date) -> Iterator[date]:
    """Yield the schedule's dates from `start` on, none after `last`, which bounds the work as well."""
    if schedule.until is not None:
        last = min(last, schedule.until)
    fired = (day for day in _unbounded(schedule, start, last) if start <= day <= last)
    return islice(fired, schedule.count)


def first_date(schedule: Schedule, start: date) -> date | None:
    """Find the schedule's first date at or after `start`; None if it never fires."""
    last = date(min(start.year + CYCLE_YEARS * schedule.interval, date.max.year), 12, 31)
    return next(dates(schedule, start, last), None)


def wall_times(schedule: Schedule, start: datetime, last: date) -> Iterator[datetime]:
    """Yield the naive local times of the schedule's dates, up to the day `last`; `start` is naive too."""
    return (datetime.combine(day, start.time()) for day in dates(schedule, start.date(), last))


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Place a naive local time on the UTC line: past the gap if it falls into one, the first of two in an overlap."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def months_later(moment: datetime, months: int) -> datetime:
    """Move on by calendar months, to the month's last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _unbounded(schedule: Schedule, start: date, last: date) -> Iterator[date]:
    match schedule.pattern:
        case Daily():
            return _every_days(start.toordinal(), last, schedule.interval)
        case Weekly(weekdays):
            monday = start.toordinal() - start.weekday()
            return (
                date.fromordinal(week + weekday)
                for week in range(monday, last.toordinal() + 1, 7 * schedule.interval)
                for weekday in weekdays
                if 1 <= week + weekday <= last.toordinal()
            )
        case MonthlyByDay() | MonthlyByMonthDay():
            return _every_months(schedule.pattern, start, last, schedule.interval)
        case _:
            assert_never(schedule.pattern)


def _every_days(first: int, last: date, interval: int) -> Iterator[date]:
    return (date.fromordinal(day) for day in range(first, last.toordinal() + 1, interval))


def _every_months(pattern: MonthlyByDay | MonthlyByMonthDay, start: date, last: date, interval: int) -> Iterator[date]:
    for months in range(start.year * 12 + start.month - 1, last.year * 12 + last.month, interval):
        year, month = divmod(months, 12)
        day = _day_in_month(pattern, year, month + 1)
        if day is not None:
            yield date(year, month + 1, day)


def _day_in_month(pattern: MonthlyByDay | MonthlyByMonthDay, year: int, month: int) -> int | None:
    first_weekday, length = monthrange(year, month)
    match pattern:
        case MonthlyByMonthDay(day):
            found = day if day > 0 else length + 1 + day
        case MonthlyByDay(nth, weekday):
            first = 1 + (weekday - first_weekday) % 7
            count = (length - first) // 7 + 1
            found = first + 7 * (nth - 1 if nth > 0 else count + nth)
        case _:
            assert_never(pattern)
    return found if 1 <= found <= length else None
