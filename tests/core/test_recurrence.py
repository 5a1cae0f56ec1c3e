"""Recurrences as series: the tiers, the anchor, exceptions, and what is refused."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.days import Weekday
from calbridge.core.model import Recurrence, Series
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import Wanted, proves, translate
from calbridge.core.schedule import Schedule

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, 9, tzinfo=BERLIN)
EVE = datetime(2026, 1, 1, tzinfo=UTC)


def _at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def _translate(
    *rules: str,
    start: datetime = MONDAY,
    now: datetime = EVE,
    anchor: datetime | None = None,
    changed: tuple[datetime, ...] = (),
    cancelled: tuple[datetime, ...] = (),
    **more: Any,  # Any: RDATEs, EXDATEs and EXRULEs, passed on to Recurrence
) -> Series | Misfit:
    return translate(
        Recurrence(start, rules, **more),
        changed=frozenset(changed),
        cancelled=frozenset(cancelled),
        now=now,
        anchor=anchor,
    )


def _series(*rules: str, **more: Any) -> Series:  # Any: as for _translate
    series = _translate(*rules, **more)
    assert isinstance(series, Series), series
    return series


def _misfit(*rules: str, **more: Any) -> Misfit:  # Any: as for _translate
    misfit = _translate(*rules, **more)
    assert isinstance(misfit, Misfit), misfit
    return misfit


@pytest.mark.parametrize(
    ("rule", "tier", "schedule"),
    [
        ("FREQ=DAILY;INTERVAL=2", 1, "FREQ=DAILY;INTERVAL=2"),
        ("FREQ=WEEKLY;BYDAY=WE,MO;COUNT=10;WKST=SU", 1, "FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE"),
        ("FREQ=MONTHLY;BYDAY=1MO", 1, "FREQ=MONTHLY;BYDAY=1MO"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20260601T000000Z", 1, "FREQ=MONTHLY;UNTIL=20260505;BYMONTHDAY=5"),
        ("FREQ=WEEKLY", 2, "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=MONTHLY", 2, "FREQ=MONTHLY;BYMONTHDAY=5"),
        ("FREQ=YEARLY", 2, "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=5"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=1MO", 2, "FREQ=MONTHLY;INTERVAL=24;BYDAY=1MO"),
        ("FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=5", 2, "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=5"),
        ("FREQ=YEARLY;BYDAY=1MO", 2, "FREQ=MONTHLY;INTERVAL=12;BYDAY=1MO"),
        ("FREQ=MONTHLY;BYDAY=MO", 2, "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=YEARLY;BYYEARDAY=5", 2, "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=5"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", 2, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", 1, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", 2, "FREQ=MONTHLY;BYDAY=1MO"),
        ("FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=1,2,3,4,5,6,7", 2, "FREQ=MONTHLY;BYDAY=1MO"),
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", 2, "FREQ=DAILY"),
        ("FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12", 2, "FREQ=DAILY"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,FR", 1, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR"),
        ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260105", 1, "FREQ=WEEKLY;UNTIL=20260105;BYDAY=MO"),
    ],
)
def test_a_rule_that_the_subset_can_say_is_sent(rule: str, tier: int, schedule: str) -> None:
    series = _series(rule)

    assert (series.tier, series.start, series.schedule) == (tier, MONDAY, schedule)


@pytest.mark.parametrize(
    ("rule", "start", "schedule"),
    [
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "2026-01-30 09:00", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "2026-01-31 09:00", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD", "2026-01-31 09:00", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("FREQ=YEARLY", "2024-02-29 09:00", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "2026-03-29 09:00", "FREQ=MONTHLY;INTERVAL=12;BYDAY=-1SU"),
        ("FREQ=YEARLY;BYYEARDAY=-1", "2026-12-31 09:00", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31"),
    ],
)
def test_other_words_for_the_same_days_are_found(rule: str, start: str, schedule: str) -> None:
    series = _series(rule, start=_at(start), now=_at(start) - timedelta(days=1))

    assert (series.tier, series.start, series.schedule) == (2, _at(start), schedule)


def test_a_time_that_the_rule_sets_is_the_start_once_dtstart_is_past() -> None:
    series = _series("FREQ=DAILY;BYHOUR=10", now=_at("2026-01-05 09:30"))

    assert (series.start, series.schedule) == (_at("2026-01-05 10:00"), "FREQ=DAILY")


def test_a_rule_in_utc_recurs_in_utc() -> None:
    series = _series("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260330T090000Z", start=datetime(2026, 1, 5, 9, tzinfo=UTC))

    assert series.schedule == "FREQ=WEEKLY;UNTIL=20260330;BYDAY=MO"
    assert series.end == datetime(2026, 3, 30, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260113T230000Z", "2026-01-14"),  # midnight of the 14th in Berlin: its UNTIL[:8] is the day before
        ("20260113T225959Z", "2026-01-07"),
        ("20260114", "2026-01-14"),
        ("20260114T000000", "2026-01-14"),
        ("20260113T235959", "2026-01-07"),
    ],
)
def test_until_is_the_local_date_of_the_last_real_occurrence(until: str, last: str) -> None:
    series = _series(f"FREQ=WEEKLY;UNTIL={until}", start=_at("2026-01-07 00:00"))

    assert series.schedule == f"FREQ=WEEKLY;UNTIL={last.replace('-', '')};BYDAY=WE"
    assert series.end == _at(f"{last} 00:00")


def test_a_begun_series_starts_at_its_next_instance_with_the_count_that_is_left() -> None:
    series = _series("FREQ=WEEKLY;COUNT=10;BYDAY=MO", now=_at("2026-01-19 09:01"))

    assert (series.start, series.schedule) == (_at("2026-01-26 09:00"), "FREQ=WEEKLY;COUNT=7;BYDAY=MO")
    assert series.end == _at("2026-03-09 09:00")


def test_an_instance_that_starts_now_is_still_to_come() -> None:
    assert _series("FREQ=WEEKLY;BYDAY=MO", now=_at("2026-01-19 09:00")).start == _at("2026-01-19 09:00")


def test_a_series_starts_at_the_first_unchanged_instance() -> None:
    series = _series(
        "FREQ=WEEKLY;COUNT=10;BYDAY=MO",
        exdates=(_at("2026-01-05 09:00"),),
        cancelled=(_at("2026-01-12 09:00"),),
        changed=(_at("2026-01-19 09:00"),),
    )

    assert (series.start, series.schedule) == (_at("2026-01-26 09:00"), "FREQ=WEEKLY;COUNT=7;BYDAY=MO")
    assert (series.gone, series.apart) == ((), (_at("2026-01-19 09:00"),))


def test_what_is_taken_out_later_is_gone_and_counts() -> None:
    series = _series(
        "FREQ=WEEKLY;COUNT=5;BYDAY=MO",
        exdates=(date(2026, 1, 12), _at("2026-01-13 09:00")),  # no instance is on the 13th
        cancelled=(datetime(2026, 1, 19, 8, tzinfo=UTC),),
    )

    assert (series.tier, series.schedule) == (3, "FREQ=WEEKLY;COUNT=5;BYDAY=MO")
    assert series.gone == (_at("2026-01-12 09:00"), _at("2026-01-19 09:00"))


def test_changed_instances_are_on_the_schedule_or_apart() -> None:
    on, off, unknown = _at("2026-01-19 09:00"), _at("2026-01-12 09:00"), _at("2026-01-20 09:00")

    series = _series("FREQ=WEEKLY;BYDAY=MO", now=_at("2026-01-12 10:00"), changed=(on, off, unknown), exdates=(on,))

    assert (series.start, series.gone) == (_at("2026-01-26 09:00"), ())
    assert series.apart == (off, on, unknown)


def test_an_override_wins_over_an_exdate_of_the_same_instance() -> None:
    on = _at("2026-01-19 09:00")

    series = _series("FREQ=WEEKLY;BYDAY=MO", changed=(on,), exdates=(on,))

    assert (series.gone, series.changed) == ((), (on,))


def test_the_anchor_is_kept_while_time_goes_by() -> None:
    first = _series("FREQ=WEEKLY;COUNT=30;BYDAY=MO", now=_at("2026-02-01 00:00"))

    for week in range(35):
        later = _series(
            "FREQ=WEEKLY;COUNT=30;BYDAY=MO", now=_at("2026-02-01 00:00") + timedelta(weeks=week), anchor=first.start
        )
        assert later == first


def test_the_hour_of_now_decides_nothing() -> None:
    late = datetime(2026, 1, 9, 23, 45, tzinfo=BERLIN)

    for days in range(30):
        series = _series("FREQ=DAILY", start=late, now=late + timedelta(days=days, hours=12), anchor=late)
        assert series.start == late


@pytest.mark.parametrize(
    ("anchor", "changed", "start"),
    [
        ("2026-01-12 09:00", "", "2026-01-12 09:00"),
        ("2026-01-12 09:00", "2026-01-12 09:00", "2026-01-12 09:00"),  # past: it stays, though changed
        ("2026-01-26 09:00", "2026-01-19 09:00", "2026-01-26 09:00"),
        ("2026-01-26 09:00", "", "2026-01-19 09:00"),  # to come, with an instance before it: anew
        ("2026-01-26 09:00", "2026-01-26 09:00", "2026-01-19 09:00"),  # to come, and changed: anew
        ("2026-01-13 09:00", "", "2026-01-19 09:00"),  # no instance
        ("2026-01-12 10:00", "", "2026-01-19 09:00"),
        ("1926-01-04 09:00", "", "2026-01-19 09:00"),
    ],
)
def test_an_anchor_holds_if_it_is_past_or_the_first_unchanged_instance(anchor: str, changed: str, start: str) -> None:
    moved = (_at(changed),) if changed else ()

    series = _series("FREQ=WEEKLY;BYDAY=MO", now=_at("2026-01-14 00:00"), anchor=_at(anchor), changed=moved)

    assert series.start == _at(start)
    assert series.start not in (*series.gone, *series.changed)


def test_an_off_rule_dtstart_is_no_obstacle_once_it_is_past() -> None:
    assert _misfit("FREQ=WEEKLY;BYDAY=WE").rule == "rrule.dtstart"

    begun = _series("FREQ=WEEKLY;COUNT=4;BYDAY=WE", now=_at("2026-01-05 09:30"))

    assert (begun.start, begun.schedule) == (_at("2026-01-07 09:00"), "FREQ=WEEKLY;COUNT=3;BYDAY=WE")


def test_an_off_rule_dtstart_that_is_taken_out_is_no_obstacle() -> None:
    series = _series("FREQ=WEEKLY;BYDAY=WE", exdates=(MONDAY,))

    assert (series.start, series.gone) == (_at("2026-01-07 09:00"), ())


@pytest.mark.parametrize(
    "more",
    [
        {"rdates": (_at("2026-01-19 09:00"), date(2026, 1, 26))},
        {"rdates": (datetime(2025, 12, 2, 9, tzinfo=UTC),)},
        {"exrules": ("FREQ=WEEKLY;BYDAY=TU",)},
        {"exrules": ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20251231",)},
    ],
)
def test_further_dates_and_rules_that_make_no_difference_are_no_obstacle(
    more: dict[str, Any],
) -> None:  # Any: see above
    assert _series("FREQ=WEEKLY;BYDAY=MO", **more) == _series("FREQ=WEEKLY;BYDAY=MO")


def test_a_further_date_that_is_taken_out_again_is_no_obstacle() -> None:
    further = (_at("2026-01-07 11:00"),)
    assert _series("FREQ=WEEKLY", rdates=further, exdates=further).schedule == "FREQ=WEEKLY;BYDAY=MO"
    assert _series("FREQ=WEEKLY", rdates=further, cancelled=further).schedule == "FREQ=WEEKLY;BYDAY=MO"


def test_a_further_date_before_dtstart_is_an_instance() -> None:
    assert _misfit("FREQ=WEEKLY", rdates=(_at("2026-01-03 11:00"),)).rule == "rdate.unsupported"
    series = _series("FREQ=WEEKLY;COUNT=2", rdates=(_at("2025-12-29 09:00"),), now=EVE - timedelta(days=30))
    assert (series.start, series.schedule) == (_at("2025-12-29 09:00"), "FREQ=WEEKLY;COUNT=3;BYDAY=MO")


def test_rules_that_one_schedule_says_together_are_sent() -> None:
    assert _series("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=WE").schedule == "FREQ=WEEKLY;BYDAY=MO,WE"


@pytest.mark.parametrize("until", ["20351230T000000Z", "20360106T000000Z", "20400101T000000Z"])
def test_a_rule_that_ends_in_ten_years_is_not_said_together_with_one_that_never_ends(until: str) -> None:
    assert _misfit("FREQ=WEEKLY;BYDAY=MO", f"FREQ=WEEKLY;BYDAY=WE;UNTIL={until}").rule == "rrule.several"


def test_the_few_instances_of_an_exrule_are_gone() -> None:
    series = _series("FREQ=DAILY;COUNT=10", exrules=("FREQ=WEEKLY;BYDAY=SA,SU",))

    assert series.gone == (_at("2026-01-10 09:00"), _at("2026-01-11 09:00"))


@pytest.mark.parametrize("exrule", ["FREQ=DAILY", "FREQ=WEEKLY;UNTIL=20901231T000000Z", "FREQ=WEEKLY;COUNT=3000"])
def test_a_series_that_an_exrule_takes_out_for_decades_has_no_start(exrule: str) -> None:
    assert _series("FREQ=WEEKLY", exrules=(exrule,)).start is None


def test_a_series_that_is_over_has_no_start() -> None:
    override = _at("2026-01-05 09:00")

    series = _series("FREQ=WEEKLY;COUNT=3", now=_at("2026-03-01 00:00"), changed=(override,))

    assert (series.start, series.schedule, series.apart) == (None, None, (override,))


def test_a_series_whose_every_instance_is_out_has_no_start() -> None:
    assert _series("FREQ=DAILY;COUNT=2", exdates=(date(2026, 1, 5), date(2026, 1, 6))).start is None


def test_an_instance_in_a_gap_of_the_zone_is_found_by_its_instant() -> None:
    moved_on = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30, where 02:30 does not exist

    series = _series("FREQ=WEEKLY;BYDAY=SU", start=_at("2026-03-22 02:30"), cancelled=(moved_on,))

    assert [each.astimezone(UTC) for each in series.gone] == [moved_on]


@pytest.mark.parametrize(
    ("rules", "misfit", "reason"),
    [
        ("FREQ=HOURLY", "rrule.frequency", "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"),
        ("FREQ=DAILY;INTERVAL=0", "rrule.interval", ""),
        ("FREQ=DAILY;FREQ=WEEKLY", "rrule.syntax", ""),
        ("RSCALE=CHINESE;FREQ=YEARLY", "rrule.rscale", ""),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", "rrule.never", ""),
        ("FREQ=DAILY;BYHOUR=9,17", "rrule.times", ""),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "schedule.monthly-byday-one", "Schedule MONTHLY BYDAY only supports one item"),
        ("FREQ=MONTHLY;BYMONTHDAY=5,20", "schedule.monthly-bymonthday-one", ""),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=MO",
            "schedule.monthly-byday-number",
            "Schedule MONTHLY BYDAY must include number and day",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=5;BYDAY=MO", "schedule.monthly-both", ""),
        ("FREQ=YEARLY;BYDAY=20MO", "rrule.dtstart", ""),
        ("FREQ=YEARLY;BYWEEKNO=2", "rrule.unsupported", ""),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO", "rrule.unsupported", ""),
        ("FREQ=DAILY;COUNT=1000000000", "rrule.limit", ""),
        ("FREQ=YEARLY;INTERVAL=10000000", "rrule.limit", ""),
        ("FREQ=YEARLY;COUNT=9000", "rrule.limit", ""),
        ("FREQ=WEEKLY FREQ=DAILY;INTERVAL=3", "rrule.several", ""),
    ],
)
def test_what_one_schedule_cannot_say_is_refused_with_a_reason_and_a_hint(rules: str, misfit: str, reason: str) -> None:
    refused = _misfit(*rules.split(" "))

    assert refused.rule == misfit
    assert reason in refused.reason
    assert refused.hint


def test_a_hint_names_the_nearest_rule_that_would_work() -> None:
    assert "FREQ=MONTHLY;BYDAY=1MO" in _misfit("FREQ=MONTHLY;BYDAY=1MO,3MO").hint
    assert "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=5" in _misfit("FREQ=YEARLY;BYWEEKNO=2").hint
    assert "FREQ=MONTHLY;BYMONTHDAY=5 " in _misfit("FREQ=MONTHLY;BYMONTHDAY=1,5,20").hint


@pytest.mark.parametrize(
    ("more", "misfit"),
    [
        ({"rdates": (_at("2026-01-20 09:00"),)}, "rdate.unsupported"),
        ({"exrules": ("FREQ=MONTHLY;BYDAY=1MO",)}, "exrule.unsupported"),
        ({"exdates": tuple(MONDAY + timedelta(weeks=week) for week in range(1, 120))}, "rrule.limit"),
        ({"exdates": tuple(MONDAY + timedelta(days=day) for day in range(6000))}, "rrule.limit"),
        ({"start": datetime(1, 1, 1, 9, tzinfo=BERLIN)}, "rrule.limit"),
    ],
)
def test_exceptions_that_are_too_many_or_never_end_are_refused(
    more: dict[str, Any], misfit: str
) -> None:  # Any: see above
    assert _misfit("FREQ=WEEKLY;BYDAY=MO", **more).rule == misfit


def _each(last: int) -> str:
    return ",".join(map(str, range(1, last + 1)))


HOSTILE = [
    ("FREQ=DAILY", datetime(1, 1, 8, 9, tzinfo=BERLIN)),
    ("FREQ=DAILY;BYMONTHDAY=31;BYDAY=MO;COUNT=9999", datetime(1900, 1, 1, 9, tzinfo=BERLIN)),
    ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", MONDAY),
    ("FREQ=DAILY;COUNT=10000", MONDAY),
    ("FREQ=DAILY;UNTIL=99991231T235959Z", MONDAY),
    ("FREQ=WEEKLY;INTERVAL=999999999999999", MONDAY),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", MONDAY),
    ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;INTERVAL=3;BYSETPOS=-1", MONDAY),
    ("FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 367))), MONDAY),
    (
        f"FREQ=YEARLY;BYWEEKNO={_each(53)};BYMONTHDAY={_each(31)};BYYEARDAY={_each(366)}",
        MONDAY,
    ),
    (f"FREQ=YEARLY;BYWEEKNO={_each(53)};BYMONTHDAY=31;BYYEARDAY={_each(30)}", MONDAY),
    ("FREQ=DAILY;BYSETPOS=2", MONDAY),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA;BYSETPOS=7;BYMONTH=2", MONDAY),
    ("FREQ=WEEKLY;BYMONTH=1,12;UNTIL=99991231T235959Z", datetime(2026, 1, 31, 9, tzinfo=BERLIN)),
    ("FREQ=YEARLY;COUNT=2", datetime(9999, 12, 20, 9, tzinfo=BERLIN)),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE;BYSETPOS=1,-1;"
        + ";".join(f"{name}={','.join(map(str, range(top)))}" for name, top in (("BYMINUTE", 60), ("BYSECOND", 60))),
        MONDAY,
    ),
]


@pytest.mark.parametrize(("rule", "start"), HOSTILE)
def test_a_hostile_rule_costs_little(rule: str, start: datetime) -> None:
    began = time.process_time()
    _translate(rule, start=start, now=EVE)

    assert time.process_time() - began < 0.5  # some ten times what it takes on an idle machine


def test_200_000_exdates_cost_little() -> None:
    exdates = tuple(MONDAY - timedelta(days=day) for day in range(100_000)) * 2
    began = time.process_time()
    series = _series("FREQ=DAILY", exdates=exdates)

    assert time.process_time() - began < 0.5
    assert series.start == _at("2026-01-06 09:00")


def test_the_proof_refuses_a_schedule_that_says_another_day() -> None:
    days = tuple(MONDAY.toordinal() + 7 * week for week in range(4))
    wanted = Wanted(days, frozenset({days[1]}), days[-1])

    assert proves(Schedule("WEEKLY", byday=(Weekday(0, 0),)), wanted)
    assert not proves(Schedule("WEEKLY", byday=(Weekday(0, 0), Weekday(0, 1))), wanted)
    assert not proves(Schedule("WEEKLY", 2, byday=(Weekday(0, 0),)), wanted)
    assert proves(Schedule("WEEKLY", 2, byday=(Weekday(0, 0),)), Wanted(days, frozenset({days[1], days[3]}), days[-1]))
