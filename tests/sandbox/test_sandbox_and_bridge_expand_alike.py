"""Two expansions of the platform's schedules, written apart from each other, give the same instants.

The sandbox judges what the bridge sends; that says something only as long as neither borrows the other's mistakes.
"""

import os
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from support.sandbox_schedules import PATTERNS

from calbridge.core import schedule as bridge
from calbridge.sandbox import expansion, schedule

ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Paris",
            "America/New_York",
            "America/St_Johns",
            "America/Santiago",
            "Africa/Cairo",
            "Asia/Kolkata",
            "Asia/Tehran",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Pacific/Chatham",
        )
    ]
)
CLOCKS = st.sampled_from(
    [time(0), time(0, 30), time(1, 59, 30), time(2), time(2, 30), time(9), time(23, 45)]
) | st.times(min_value=time(0), max_value=time(23, 59)).map(lambda at: at.replace(microsecond=0))
STARTS = st.dates(date(2010, 1, 1), date(2032, 12, 31))
YEARS = 6

SCHEDULES = st.builds(
    schedule.Schedule,
    PATTERNS,
    st.integers(1, 6) | st.sampled_from([12, 24, 100]),
    st.none() | st.integers(1, 40),
    st.just(None),
) | st.builds(
    schedule.Schedule,
    PATTERNS,
    st.integers(1, 6) | st.just(12),
    st.just(None),
    st.dates(date(2010, 1, 1), date(2037, 1, 1)),
)


def _by_sandbox(said: schedule.Schedule, start: datetime, zone: ZoneInfo, last: date) -> list[datetime]:
    return [expansion.instant(wall, zone) for wall in expansion.wall_times(said, start, last)]


def _by_bridge(text: str, start: datetime, after: datetime | None, before: datetime) -> list[datetime]:
    read = bridge.parse(text)
    assert isinstance(read, bridge.Schedule)
    return [each.astimezone(UTC) for each in bridge.expand(read, start, after=after, before=before)]


def _check(said: schedule.Schedule, day: date, clock: time, zone: ZoneInfo, skipped: int) -> None:
    start = datetime.combine(day, clock)
    before = datetime.combine(day, time(0), UTC) + timedelta(days=366 * YEARS)
    after = None if not skipped else datetime.combine(day, time(0), UTC) + timedelta(days=skipped)
    last = before.date() + timedelta(days=2)

    expected = [at for at in _by_sandbox(said, start, zone, last) if at < before and (after is None or at >= after)]

    assert _by_bridge(str(said), start.replace(tzinfo=zone), after, before) == expected
    event("some" if expected else "none")


@settings(max_examples=400)
@given(SCHEDULES, STARTS, CLOCKS, ZONES, st.just(0) | st.integers(1, 900))
def test_the_sandbox_and_the_bridge_expand_alike(
    said: schedule.Schedule, day: date, clock: time, zone: ZoneInfo, skipped: int
) -> None:
    _check(said, day, clock, zone, skipped)


@pytest.mark.long
@pytest.mark.skipif("CALBRIDGE_LONG" not in os.environ, reason="takes some minutes: set CALBRIDGE_LONG=1")
@settings(max_examples=20_000, deadline=None)
@given(SCHEDULES, STARTS, CLOCKS, ZONES, st.just(0) | st.integers(1, 900))
def test_the_same_for_very_many_schedules(
    said: schedule.Schedule, day: date, clock: time, zone: ZoneInfo, skipped: int
) -> None:
    _check(said, day, clock, zone, skipped)


@settings(max_examples=200)
@given(SCHEDULES)
def test_each_reads_what_the_other_writes(said: schedule.Schedule) -> None:
    read = bridge.parse(str(said))

    assert isinstance(read, bridge.Schedule)
    assert schedule.parse(bridge.text(read)) == said


@settings(max_examples=200)
@given(SCHEDULES, STARTS)
def test_both_find_the_same_first_day(said: schedule.Schedule, day: date) -> None:
    read = bridge.parse(str(said))
    assert isinstance(read, bridge.Schedule)
    last = day + timedelta(days=366 * YEARS)
    first = expansion.first_date(said, day)
    assume(first is None or first <= last)

    assert next(bridge.days(read, day.toordinal(), day.toordinal(), last.toordinal()), None) == (
        first and first.toordinal()
    )
