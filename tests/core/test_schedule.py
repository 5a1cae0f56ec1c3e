"""The platform's RRULE subset, by the reference's own tables ("Recurring conferences")."""

from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.days import Weekday
from calbridge.core.problem import Misfit
from calbridge.core.schedule import Schedule, expand, parse, same, text

BERLIN = ZoneInfo("Europe/Berlin")

EXAMPLES = {
    "FREQ=DAILY;INTERVAL=2": Schedule("DAILY", 2),
    "FREQ=DAILY;UNTIL=20211231": Schedule("DAILY", until=date(2021, 12, 31)),
    "FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE": Schedule("WEEKLY", count=10, byday=(Weekday(0, 0), Weekday(0, 2))),
    "FREQ=MONTHLY;COUNT=10;INTERVAL=2;BYDAY=2WE": Schedule("MONTHLY", 2, 10, byday=(Weekday(2, 2),)),
    "FREQ=MONTHLY;COUNT=10;INTERVAL=1;BYDAY=-1FR": Schedule("MONTHLY", 1, 10, byday=(Weekday(-1, 4),)),
    "FREQ=MONTHLY;COUNT=10;INTERVAL=1;BYMONTHDAY=10": Schedule("MONTHLY", 1, 10, bymonthday=10),
    "FREQ=MONTHLY;BYMONTHDAY=-3": Schedule("MONTHLY", bymonthday=-3),
}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_examples_of_the_reference_are_read(rule: str) -> None:
    assert parse(rule) == EXAMPLES[rule]


@pytest.mark.parametrize("schedule", EXAMPLES.values())
def test_what_is_written_is_read_back(schedule: Schedule) -> None:
    assert parse(text(schedule)) == schedule


@pytest.mark.parametrize(
    ("rule", "misfit", "reason"),
    [
        ("FREQ=YEARLY", "schedule.frequency", "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"),
        ("COUNT=3", "schedule.frequency", "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "schedule.monthly-byday-one", "Schedule MONTHLY BYDAY only supports one item"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1,15",
            "schedule.monthly-bymonthday-one",
            "Schedule MONTHLY BYMONTHDAY only supports one item",
        ),
        (
            "FREQ=MONTHLY;BYDAY=1FR;BYMONTHDAY=13",
            "schedule.monthly-both",
            "Schedule MONTHLY supports BYDAY or BYMONTHDAY, cannot use both",
        ),
        (
            "FREQ=MONTHLY;BYDAY=WE",
            "schedule.monthly-byday-number",
            "Schedule MONTHLY BYDAY must include number and day",
        ),
        ("FREQ=MONTHLY", "schedule.monthly-day", "Schedule MONTHLY must include BYDAY or BYMONTHDAY"),
        ("FREQ=WEEKLY", "schedule.weekly-byday", "Schedule WEEKLY must include BYDAY"),
    ],
)
def test_a_rule_outside_the_subset_is_refused_in_the_words_of_the_platform(rule: str, misfit: str, reason: str) -> None:
    refused = parse(rule)

    assert isinstance(refused, Misfit)
    assert (refused.rule, refused.reason) == (misfit, reason)
    assert refused.hint


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;COUNT=3;COUNT=4",
        "FREQ=DAILY;COUNT=3;UNTIL=20260101",
        "FREQ=DAILY;UNTIL=20260230",
        "FREQ=WEEKLY;BYDAY=MO=",
        "FREQ=WEEKLY;BYDAY=2MO",
        "FREQ=WEEKLY;BYDAY=MO;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=٣MO",
        "FREQ=DAILY;" + "X" * 5000,
    ],
)
def test_what_the_platform_could_not_parse_is_refused(rule: str) -> None:
    refused = parse(rule)

    assert isinstance(refused, Misfit)
    assert refused.rule == "schedule.parse"
    assert refused.reason.startswith("Failed to parse the schedule rule.")


@pytest.mark.parametrize(
    "reformatted",
    [
        "BYDAY=WE,MO;UNTIL=20261231;FREQ=WEEKLY",
        "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE;UNTIL=20261231T235959Z;WKST=MO;",
        "DTSTART:20260105T090000\nRRULE:FREQ=WEEKLY;UNTIL=20261231T000000;BYDAY=MO,WE",
        "freq=weekly; until=2026-12-31; byday=mo,we",
    ],
)
def test_a_reformatted_schedule_is_the_same(reformatted: str) -> None:
    assert same("FREQ=WEEKLY;UNTIL=20261231;BYDAY=MO,WE", reformatted)


def test_schedules_that_mean_something_else_differ() -> None:
    assert not same("FREQ=DAILY;COUNT=3", "FREQ=DAILY;COUNT=4")
    assert not same("FREQ=DAILY", "nonsense")
    assert same("nonsense", "nonsense")


def _expanded(rule: str, start: datetime, after: datetime | None = None, before: datetime | None = None) -> list[str]:
    schedule = parse(rule)
    assert isinstance(schedule, Schedule)
    found = islice(expand(schedule, start, after=after, before=before), 6)
    return [f"{each:%Y-%m-%d %H:%M}" for each in found]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=2;COUNT=3", ["2026-01-30", "2026-02-01", "2026-02-03"]),
        ("FREQ=DAILY;UNTIL=20260201", ["2026-01-30", "2026-01-31", "2026-02-01"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=SU,MO", ["2026-02-01", "2026-02-09", "2026-02-15", "2026-02-23"]),
        ("FREQ=MONTHLY;BYMONTHDAY=30;COUNT=3", ["2026-01-30", "2026-03-30", "2026-04-30"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", ["2026-02-26", "2026-03-29", "2026-04-28"]),
        ("FREQ=MONTHLY;BYDAY=5FR;COUNT=3", ["2026-01-30", "2026-05-29", "2026-07-31"]),
        ("FREQ=MONTHLY;INTERVAL=12;BYDAY=-1FR;COUNT=2", ["2026-01-30", "2027-01-29"]),
    ],
)
def test_expansion_follows_the_reference(rule: str, expected: list[str]) -> None:
    start = datetime(2026, 1, 30, 9, tzinfo=BERLIN)

    assert _expanded(rule, start) == [f"{day} 09:00" for day in expected]


def test_local_time_stays_across_a_change_of_the_zone() -> None:
    found = _expanded("FREQ=WEEKLY;BYDAY=SU;COUNT=3", datetime(2026, 3, 22, 2, 30, tzinfo=BERLIN))

    assert found == ["2026-03-22 02:30", "2026-03-29 03:30", "2026-04-05 02:30"]  # 02:30 moves on with the gap


def test_a_repeated_local_time_is_the_first() -> None:
    schedule = Schedule("DAILY", count=1)

    (only,) = expand(schedule, datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), after=None, before=None)

    assert only.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_window_is_half_open_and_counts_from_the_start() -> None:
    start = datetime(2026, 1, 1, 9, tzinfo=BERLIN)
    window = (datetime(2026, 1, 3, 8, tzinfo=UTC), datetime(2026, 1, 5, 8, tzinfo=UTC))

    assert _expanded("FREQ=DAILY", start, *window) == ["2026-01-03 09:00", "2026-01-04 09:00"]
    assert _expanded("FREQ=DAILY;COUNT=3", start, *window) == ["2026-01-03 09:00"]


def test_a_window_far_from_the_start_costs_no_walk_from_there() -> None:
    start = datetime(1, 1, 8, 9, tzinfo=UTC)

    found = _expanded("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO", start, datetime(9999, 12, 7, tzinfo=UTC))

    assert found == ["9999-12-27 09:00"]
