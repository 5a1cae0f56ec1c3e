"""Recurrences as several series: which, how numbered, what stays single, and what is too much."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.clock import Zone
from calbridge.core.days import DAY, Weekday
from calbridge.core.model import Recurrence, Several
from calbridge.core.problem import Misfit
from calbridge.core.schedule import Schedule
from calbridge.core.union import Open, Piece, proves, unite

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, 9, tzinfo=BERLIN)
EVE = datetime(2026, 1, 1, tzinfo=UTC)


def _at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=BERLIN)


def _unite(
    *rules: str,
    start: datetime = MONDAY,
    now: datetime = EVE,
    since: datetime | None = None,
    kept: Several | None = None,
    changed: tuple[datetime, ...] = (),
    cancelled: tuple[datetime, ...] = (),
    **more: Any,  # Any: RDATEs, EXDATEs and EXRULEs, passed on to Recurrence
) -> Several | Misfit:
    sent = {} if kept is None else {p: (s.start, s.schedule) for p, s in kept.series.items() if s.start and s.schedule}
    return unite(
        Recurrence(start, rules, **more),
        changed=frozenset(changed),
        cancelled=frozenset(cancelled),
        now=now,
        since=since or now,
        kept=sent,
    )


def _several(*rules: str, **more: Any) -> Several:  # Any: as for _unite
    united = _unite(*rules, **more)
    assert isinstance(united, Several), united
    return united


def _schedules(united: Several) -> list[str]:
    assert list(united.series) == [str(number) for number in range(1, len(united.series) + 1)]
    return [f"{series.start:%m-%d %H} {series.schedule}" for series in united.series.values()]


@pytest.mark.parametrize(
    ("rules", "schedules"),
    [
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", ["01-05 09 FREQ=MONTHLY;BYDAY=1MO", "01-19 09 FREQ=MONTHLY;BYDAY=3MO"]),
        (
            "FREQ=MONTHLY;BYMONTHDAY=5,20,-1",
            [
                "01-05 09 FREQ=MONTHLY;BYMONTHDAY=5",
                "01-20 09 FREQ=MONTHLY;BYMONTHDAY=20",
                "01-31 09 FREQ=MONTHLY;BYMONTHDAY=-1",
            ],
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,-1;BYMONTHDAY=1,2,3,4,5,6,7",
            ["01-05 09 FREQ=MONTHLY;BYDAY=1MO", "01-06 09 FREQ=MONTHLY;BYDAY=1TU"],
        ),
        (
            "FREQ=YEARLY;BYMONTH=1,3,7;BYMONTHDAY=5",
            ["01-05 09 FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=5", "03-05 09 FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=5"],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO",
            ["01-05 09 FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "01-18 09 FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"],
        ),
        (
            "FREQ=DAILY;BYHOUR=9,15;COUNT=5",
            ["01-05 09 FREQ=DAILY;UNTIL=20260107", "01-05 15 FREQ=DAILY;UNTIL=20260106"],
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO FREQ=MONTHLY;BYDAY=2TU",
            ["01-05 09 FREQ=WEEKLY;BYDAY=MO", "01-13 09 FREQ=MONTHLY;BYDAY=2TU"],
        ),
        (
            "FREQ=DAILY;INTERVAL=2;UNTIL=20260201T000000Z FREQ=WEEKLY;BYDAY=MO;BYHOUR=14",
            ["01-05 09 FREQ=DAILY;UNTIL=20260131;INTERVAL=2", "01-05 14 FREQ=WEEKLY;BYDAY=MO"],
        ),
    ],
)
def test_what_one_schedule_cannot_say_is_said_by_the_fewest_that_can(rules: str, schedules: list[str]) -> None:
    united = _several(*rules.split(" "))

    assert (united.tier, _schedules(united), united.dates) == (4, schedules, ())


def test_overlapping_rules_say_no_instance_twice() -> None:
    united = _several("FREQ=DAILY;UNTIL=20260601T000000Z", "FREQ=WEEKLY;BYDAY=MO")

    assert _schedules(united) == [
        "01-05 09 FREQ=WEEKLY;BYDAY=MO",
        "01-06 09 FREQ=WEEKLY;UNTIL=20260531;BYDAY=TU,WE,TH,FR,SA,SU",
    ]


@pytest.mark.parametrize("count", [28, 29, 40])
def test_a_rule_that_ends_where_a_proof_would_end_is_no_endless_series(count: int) -> None:
    united = _several("FREQ=WEEKLY;BYDAY=FR", f"FREQ=YEARLY;COUNT={count};BYDAY=MO;BYSETPOS=1")

    assert [series.end is None for series in united.series.values()] == [False, True]


def test_an_exrule_without_an_end_is_never_said() -> None:
    united = _several("FREQ=WEEKLY;BYDAY=MO", exrules=("FREQ=MONTHLY;BYDAY=1MO",))

    assert [s.schedule for s in united.series.values()] == [f"FREQ=MONTHLY;BYDAY={n}MO" for n in (2, 3, 4, 5)]


def test_dates_that_no_rule_says_stay_single() -> None:
    further = (_at("2026-01-20 14:00"), date(2026, 2, 3), _at("2026-01-12 09:00"))

    united = _several("FREQ=WEEKLY;BYDAY=MO", start=_at("2026-01-07 09:00"), rdates=further)

    assert _schedules(united) == ["01-12 09 FREQ=WEEKLY;BYDAY=MO"]
    assert united.dates == (_at("2026-01-07 09:00"), _at("2026-01-20 14:00"), _at("2026-02-03 09:00"))


def test_a_single_date_is_listed_while_it_runs_and_not_if_it_is_out_or_changed() -> None:
    further = tuple(_at(f"2026-01-{day} 14:00") for day in (20, 21, 22))

    united = _several(
        "FREQ=WEEKLY;BYDAY=MO",
        rdates=further,
        exdates=further[1:2],
        changed=further[2:],
        now=_at("2026-01-20 14:30"),
        since=_at("2026-01-20 13:30"),
    )

    assert (united.dates, united.apart) == (further[:1], further[2:])


def test_exceptions_belong_to_the_series_that_says_them() -> None:
    gone, changed, early = _at("2026-02-02 09:00"), _at("2026-02-16 09:00"), _at("2026-01-19 09:00")

    united = _several("FREQ=MONTHLY;BYDAY=1MO,3MO", exdates=(gone,), changed=(changed, early))

    assert [(s.gone, s.changed) for s in united.series.values()] == [((gone,), ()), ((), ())]
    assert (united.series["2"].start, united.apart) == (_at("2026-03-16 09:00"), (early, changed))


def test_the_series_are_kept_while_time_goes_by() -> None:
    first = _several("FREQ=MONTHLY;BYDAY=1MO,3MO;COUNT=40", cancelled=(_at("2026-03-02 09:00"),))

    for week in range(40):
        later = _several(
            "FREQ=MONTHLY;BYDAY=1MO,3MO;COUNT=40",
            cancelled=(_at("2026-03-02 09:00"),),
            now=EVE + timedelta(weeks=week),
            kept=first,
        )
        assert later == first


def test_what_a_rule_with_an_end_left_single_stays_so_beside_one_without() -> None:
    rules, start = ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1,-1;COUNT=15", "FREQ=MONTHLY"), _at("2026-09-24 09:00")
    first = _several(*rules, start=start, now=start - timedelta(days=1))

    later = _several(*rules, start=start, now=start + timedelta(weeks=31), kept=first)

    assert first.dates
    assert later.series == first.series


def test_series_that_say_something_else_by_now_are_found_anew() -> None:
    first = _several("FREQ=MONTHLY;BYDAY=1MO,3MO")

    later = _several("FREQ=MONTHLY;BYDAY=1MO,3TU", kept=first)

    assert _schedules(later) == ["01-05 09 FREQ=MONTHLY;BYDAY=1MO", "01-20 09 FREQ=MONTHLY;BYDAY=3TU"]


def test_a_series_whose_first_instance_is_out_by_now_begins_with_the_next() -> None:
    first = _several("FREQ=MONTHLY;BYDAY=1MO,3MO")

    later = _several("FREQ=MONTHLY;BYDAY=1MO,3MO", kept=first, cancelled=(_at("2026-01-19 09:00"),))

    assert [series.start for series in later.series.values()] == [MONDAY, _at("2026-02-16 09:00")]


def test_seven_times_a_day_for_ever_are_seven_series() -> None:
    united = _several("FREQ=DAILY;BYHOUR=8,9,10,11,12,13,14", start=MONDAY.replace(hour=8))

    assert _schedules(united) == [f"01-05 {hour:02} FREQ=DAILY" for hour in range(8, 15)]


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ("FREQ=YEARLY;BYWEEKNO=2", {}),
        ("FREQ=WEEKLY;BYMONTH=2", {"start": datetime(2026, 2, 2, 9, tzinfo=BERLIN)}),  # 2044 has a fifth Monday
        ("FREQ=DAILY;BYMONTH=2;BYDAY=MO", {"start": datetime(2026, 2, 2, 9, tzinfo=BERLIN)}),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", {}),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU", {}),
        ("FREQ=DAILY;BYHOUR=8,9,10,11,12,13,14,15", {}),
        ("FREQ=WEEKLY;BYDAY=MO", {"rdates": tuple(MONDAY + timedelta(days=1, hours=n) for n in range(61))}),
        ("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30", {}),  # both are 03:30 where the clocks go forward
        ("FREQ=DAILY", {"exdates": tuple(MONDAY + timedelta(days=n * n) for n in range(1, 102))}),
    ],
)
def test_what_a_few_series_cannot_say_is_a_misfit(rule: str, more: dict[str, Any]) -> None:  # Any: see above
    refused = _unite(rule, **more)

    assert isinstance(refused, Misfit)
    assert refused.rule == "rrule.irregular"


HOSTILE = [
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU",),
    ("FREQ=DAILY;BYMONTH=1,2,3;BYHOUR=1,2,3,4,5,6,7",),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,10,11,12",),
    ("FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),),
    ("FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 367, 2))),),
    ("FREQ=DAILY;COUNT=9999;INTERVAL=3", "FREQ=DAILY;COUNT=9999;INTERVAL=5"),
    tuple(f"FREQ=WEEKLY;INTERVAL={n};BYDAY=MO,TU" for n in range(3, 30)),
]


@pytest.mark.parametrize("rules", HOSTILE)
def test_hostile_rules_cost_little(rules: tuple[str, ...]) -> None:
    began = time.process_time()
    _unite(*rules)

    assert time.process_time() - began < 0.5  # some ten times what it takes on an idle machine


def test_the_proof_refuses_what_is_missing_added_or_said_twice() -> None:
    monday, week = MONDAY.toordinal() * DAY, 7 * DAY
    walls = frozenset(monday + week * n for n in range(4))
    wanted = Open(Zone(BERLIN), monday - week, monday + 3 * week, walls, frozenset(), ())
    mondays, other = Schedule("WEEKLY", byday=(Weekday(0, 0),)), Schedule("WEEKLY", 2, byday=(Weekday(0, 0),))

    assert proves([Piece(monday, mondays)], wanted)
    assert proves([Piece(monday, other), Piece(monday + week, other)], wanted)
    assert not proves([Piece(monday, other)], wanted)
    assert not proves([Piece(monday, mondays), Piece(monday, other)], wanted)
    assert not proves([Piece(monday, Schedule("DAILY"))], wanted)
