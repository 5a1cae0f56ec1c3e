"""When hosts are visited and tried again: pure decisions, on a clock that nobody waits for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.core.problem import Problem
from calbridge.daemon.pace import Course, first_turn, left_alone, turn

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DENIED = Problem("https://dav.example.com/", "calendar.denied", "refused", "check it")
BUSY = Problem("https://dav.example.com/", "calendar.unreachable", "busy", "wait")

names = st.text(min_size=1, max_size=20)
moments = st.timedeltas(timedelta(), timedelta(days=9000)).map(lambda since: datetime(2020, 1, 1, tzinfo=UTC) + since)
intervals = st.timedeltas(timedelta(seconds=1), timedelta(days=7))


def visits(problem: Problem | None, *, interval: timedelta, within: timedelta) -> list[timedelta]:
    """When a host is visited from now on, if every visit has this problem."""
    course, now, found = Course(), turn("alice", interval, NOW), list[timedelta]()
    began = now
    while now - began <= within:
        found.append(now - began)
        course = course.after(good=problem is None, problems=() if problem is None else (problem,))
        pause = course.pause(interval, 0.0)
        now = turn("alice", interval, now) if pause is None else now + pause
    return found


def test_a_fine_host_is_visited_once_in_an_interval() -> None:
    assert visits(None, interval=MINUTE, within=timedelta(minutes=5)) == [n * MINUTE for n in range(6)]


def test_a_refused_password_is_tried_after_15_minutes_an_hour_and_every_6_hours() -> None:
    found = visits(DENIED, interval=MINUTE, within=timedelta(hours=14))
    assert found == [0 * HOUR, 15 * MINUTE, 75 * MINUTE, 75 * MINUTE + 6 * HOUR, 75 * MINUTE + 12 * HOUR]


def test_what_fails_is_left_alone_for_longer_each_time_but_never_beyond_15_minutes() -> None:
    pauses = [1, 2, 4, 8, 15, 15, 15]
    assert visits(BUSY, interval=MINUTE, within=HOUR) == [sum(pauses[:n]) * MINUTE for n in range(len(pauses) + 1)]


def test_the_first_good_visit_ends_the_backoff() -> None:
    course = Course(failures=9, refusals=9).after(good=True, problems=())
    assert course.pause(MINUTE, 0.9) is None


@pytest.mark.parametrize(
    ("problem", "edited", "until"), [(DENIED, -HOUR, 15 * MINUTE), (DENIED, MINUTE, None), (BUSY, -HOUR, None)]
)
def test_a_refused_password_is_not_tried_at_every_restart_unless_somebody_changed_a_file(
    problem: Problem, edited: timedelta, until: timedelta | None
) -> None:
    assert left_alone((problem,), NOW, NOW + edited) == (None if until is None else NOW + until)


@given(st.integers(0, 10_000), st.integers(0, 10_000), intervals, st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_than_the_interval_and_never_endless(
    failures: int, refusals: int, interval: timedelta, chance: float
) -> None:
    pause = Course(failures, refusals).pause(interval, chance)
    assert pause is None or interval <= pause <= max(interval, timedelta(hours=6)) * 1.1


@given(names, intervals, moments)
def test_a_turn_is_the_next_and_an_interval_after_the_last(name: str, interval: timedelta, now: datetime) -> None:
    following = turn(name, interval, now)
    assert now < following <= now + interval
    assert turn(name, interval, following) == following + interval


@pytest.mark.parametrize("span", [MINUTE, HOUR])
def test_the_turns_of_many_hosts_are_spread_evenly(span: timedelta) -> None:
    quarters = [0] * 4
    for number in range(2000):
        quarters[int((first_turn(f"host{number}", span, NOW) - NOW) / min(span, MINUTE) * 4)] += 1
    assert all(400 < count < 600 for count in quarters)
