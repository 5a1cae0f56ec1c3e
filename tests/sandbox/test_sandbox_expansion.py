from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sandbox_schedules import PATTERNS

from calbridge.sandbox.expansion import dates, first_date, instant, months_later
from calbridge.sandbox.schedule import Daily, MonthlyByDay, MonthlyByMonthDay, Schedule, Weekly, parse

TABLE = [
    ("FREQ=DAILY;INTERVAL=2;COUNT=3", "2026-01-05", ["2026-01-05", "2026-01-07", "2026-01-09"]),
    ("FREQ=DAILY;UNTIL=20260106", "2026-01-05", ["2026-01-05", "2026-01-06"]),
    ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3", "2026-01-07", ["2026-01-07", "2026-01-12", "2026-01-14"]),
    # weeks start on Monday: the Sunday belongs to the week of the Tuesday before it
    (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4",
        "2026-01-06",
        ["2026-01-06", "2026-01-11", "2026-01-20", "2026-01-25"],
    ),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=2", "2026-01-06", ["2026-01-19", "2026-02-02"]),
    ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", "2026-01-31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
    ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=2", "2028-02-01", ["2028-02-27", "2028-03-29"]),
    ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29;COUNT=2", "2028-02-29", ["2028-02-29", "2032-02-29"]),
    ("FREQ=MONTHLY;BYDAY=5FR;COUNT=2", "2026-01-01", ["2026-01-30", "2026-05-29"]),
    ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "2026-01-31", ["2026-02-27", "2026-03-27"]),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=2WE;COUNT=2", "2026-01-14", ["2026-01-14", "2026-03-11"]),
    ("FREQ=DAILY;UNTIL=20260101", "2026-01-05", []),
]


@pytest.mark.parametrize(("text", "start", "expected"), TABLE)
def test_a_schedule_expands_to_its_dates(text: str, start: str, expected: list[str]) -> None:
    found = dates(parse(text), date.fromisoformat(start), date(2040, 1, 1))

    assert [day.isoformat() for day in found] == expected


def by_the_day(schedule: Schedule, start: date, last: date) -> Iterator[date]:
    """Judge every single day by the definition, as slowly and plainly as possible."""
    found = 0
    day = start
    while day <= last and (schedule.until is None or day <= schedule.until):
        if found == schedule.count:
            return
        if _in_interval(schedule, start, day) and _matches(schedule, day):
            found += 1
            yield day
        day += timedelta(days=1)


def _in_interval(schedule: Schedule, start: date, day: date) -> bool:
    match schedule.pattern:
        case Daily():
            units = (day - start).days
        case Weekly():
            monday, first = day - timedelta(days=day.weekday()), start - timedelta(days=start.weekday())
            units = (monday - first).days // 7
        case _:
            units = (day.year - start.year) * 12 + day.month - start.month
    return units % schedule.interval == 0


def _matches(schedule: Schedule, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    match schedule.pattern:
        case Daily():
            return True
        case Weekly(weekdays):
            return day.weekday() in weekdays
        case MonthlyByMonthDay(month_day):
            return day.day == month_day or day.day - length - 1 == month_day
        case MonthlyByDay(nth, weekday):
            from_start, from_end = (day.day + 6) // 7, -((length - day.day + 7) // 7)
            return day.weekday() == weekday and nth in (from_start, from_end)


@given(
    PATTERNS,
    st.integers(1, 5),
    st.none() | st.integers(1, 30),
    st.none() | st.dates(date(2026, 1, 1), date(2029, 1, 1)),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_expansion_agrees_with_a_judge_of_single_days(
    pattern: Daily | Weekly | MonthlyByDay | MonthlyByMonthDay,
    interval: int,
    count: int | None,
    until: date | None,
    start: date,
) -> None:
    schedule = Schedule(pattern, interval, count, until)
    last = date(2030, 6, 30)

    assert list(dates(schedule, start, last)) == list(by_the_day(schedule, start, last))


def test_a_schedule_that_never_fires_is_found_out_at_once() -> None:
    assert first_date(parse("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31"), date(2026, 2, 1)) is None


def test_a_rare_first_date_is_found() -> None:
    fifth_monday_of_a_february = parse("FREQ=MONTHLY;INTERVAL=12;BYDAY=5MO")

    assert first_date(fifth_monday_of_a_february, date(2026, 2, 1)) == date(2044, 2, 29)


def test_huge_numbers_stay_within_the_calendar() -> None:
    huge = parse("FREQ=WEEKLY;INTERVAL=999999999;BYDAY=MO,SU;COUNT=999999999")

    assert list(dates(huge, date(2026, 1, 7), date.max)) == [date(2026, 1, 11)]


PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-28T09:00", "2026-03-28T08:00Z"),
        ("2026-03-29T09:00", "2026-03-29T07:00Z"),
        ("2026-03-29T02:30", "2026-03-29T01:30Z"),  # in the gap: on to 03:30
        ("2026-10-25T02:30", "2026-10-25T00:30Z"),  # twice: the first
    ],
)
def test_wall_time_stays_through_dst(local: str, utc: str) -> None:
    assert instant(datetime.fromisoformat(local), PARIS) == datetime.fromisoformat(utc)


def test_months_later_keeps_to_the_months_end() -> None:
    assert months_later(datetime(2026, 8, 31, 5, tzinfo=UTC), 18) == datetime(2028, 2, 29, 5, tzinfo=UTC)
