"""A week of meetings as a calendar shows it."""

from datetime import UTC, date, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.planning import PARIS, at

from calbridge.core.upcoming import Upcoming
from calbridge.web.week import LANES, Box, Week, bounds, monday_of, week_of

MONDAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)


def meeting(start: datetime, minutes: int = 60, uid: str = "a") -> Upcoming:
    return Upcoming(uid, "Planning", start, minutes, 1, False, "https://rooms.example.com/1")


def week(*meetings: Upcoming) -> Week:
    return week_of(MONDAY, sorted(meetings, key=lambda each: each.start), PARIS, NOW)


def places(found: Week, day: int) -> list[tuple[int, int, int, bool]]:
    return [(box.row, box.rows, box.lane, box.is_alone) for box in found.days[day].boxes]


def test_an_empty_week_shows_office_hours() -> None:
    found = week()

    assert (found.hours, found.count) == (range(8, 18), 0)
    assert [day.date.day for day in found.days if day.is_today] == [11]
    assert (found.before, found.after) == (date(2026, 3, 2), date(2026, 3, 16))


@pytest.mark.parametrize(
    ("start", "minutes", "place", "hours"),
    [
        (at(10, 8), 60, (1, 2), range(8, 18)),
        (at(10, 10, 15), 15, (5, 1), range(8, 18)),
        (at(10, 10, 15), 30, (5, 2), range(8, 18)),
        (at(10, 6), 30, (1, 1), range(6, 18)),
        (at(10, 17, 30), 90, (20, 3), range(8, 19)),
        (at(10, 23), 600, (31, 2), range(8, 24)),
        (at(10, 9), 0, (3, 1), range(8, 18)),
    ],
)
def test_a_meeting_takes_its_half_hours(start: datetime, minutes: int, place: tuple[int, int], hours: range) -> None:
    found = week(meeting(start, minutes))

    assert (places(found, 1), found.hours) == ([(*place, 1, True)], hours)


def test_meetings_at_the_same_time_stand_beside_each_other_and_others_take_the_whole_width() -> None:
    found = week(meeting(at(10, 9)), meeting(at(10, 9, 30)), meeting(at(10, 10)), meeting(at(10, 14)))

    assert places(found, 1) == [(3, 2, 1, False), (4, 2, 2, False), (5, 2, 1, False), (13, 2, 1, True)]
    assert found.days[1].lanes == 2


def test_a_meeting_of_another_zone_stands_where_the_hosts_clock_says() -> None:
    [box] = week(meeting(datetime(2026, 3, 10, 23, 30, tzinfo=UTC))).days[2].boxes

    assert (box.start.hour, box.start.minute) == (0, 30)


def test_the_week_of_a_change_of_clocks_is_an_hour_shorter() -> None:
    first, last = bounds(monday_of(date(2026, 3, 29)), PARIS)

    assert (first, last) == (at(23, 0), at(30, 0))
    assert (last.astimezone(UTC) - first.astimezone(UTC)).total_seconds() == 7 * 86400 - 3600


@given(st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 2000)), max_size=LANES))
def test_no_meeting_hides_another(spans: list[tuple[int, int]]) -> None:
    found = week(*(meeting(at(10, start // 60, start % 60), minutes) for start, minutes in spans))

    boxes = found.days[1].boxes
    assert len(boxes) == len(spans)
    assert all(box.row >= 1 and box.row + box.rows - 1 <= 2 * len(found.hours) for box in boxes)
    assert not any(meets(one, other) for one, other in combinations(boxes, 2))


def meets(one: Box, other: Box) -> bool:
    rows = range(max(one.row, other.row), min(one.row + one.rows, other.row + other.rows))
    return bool(rows) and (one.lane == other.lane or one.is_alone or other.is_alone)
