"""Whatever is refused comes with a rule that would work: each hint is taken at its word."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calbridge.core import schedule
from calbridge.core.dates import list_dates
from calbridge.core.days import LAST_DAY
from calbridge.core.model import Recurrence, Series
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import translate

MONDAY = datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Europe/Berlin"))
EVE = datetime(2026, 1, 1, tzinfo=UTC)
RULE = re.compile(r"FREQ=[A-Z]+(?:;[A-Z]+=[-0-9A-Z]+(?:,[-0-9A-Z]+)*)*")
MINUTES = ",".join(map(str, range(60)))

REFUSED = {
    "FREQ=HOURLY": "rrule.frequency",
    "FREQ=SECONDLY;COUNT=5": "rrule.frequency",
    "FREQ=DAILY;INTERVAL=0": "rrule.interval",
    "FREQ=DAILY;FREQ=WEEKLY": "rrule.syntax",
    "FREQ=DAILY;COUNT=3;UNTIL=20270101": "rrule.syntax",
    "FREQ=WEEKLY;BYMONTHDAY=1": "rrule.syntax",
    "RSCALE=CHINESE;FREQ=YEARLY": "rrule.rscale",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31": "rrule.never",
    "FREQ=DAILY;COUNT=1000000000": "rrule.limit",
    "FREQ=YEARLY;COUNT=9000": "rrule.limit",
    "FREQ=YEARLY;INTERVAL=10000000": "rrule.limit",
    "FREQ=DAILY;X=" + "X" * 6000: "rrule.limit",
    "FREQ=DAILY;BYHOUR=9,17": "rrule.times",
    f"FREQ=DAILY;BYMINUTE={MINUTES}": "rrule.times",
    "FREQ=MONTHLY;BYDAY=1MO,3MO": "schedule.monthly-byday-one",
    "FREQ=MONTHLY;BYMONTHDAY=5,20": "schedule.monthly-bymonthday-one",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=MO": "schedule.monthly-byday-number",
    "FREQ=MONTHLY;BYMONTHDAY=5;BYDAY=MO": "schedule.monthly-both",
    "FREQ=WEEKLY;BYDAY=WE": "rrule.dtstart",
    "FREQ=YEARLY;BYDAY=20MO": "rrule.dtstart",
    "FREQ=YEARLY;BYWEEKNO=2": "rrule.unsupported",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO": "rrule.unsupported",
    "FREQ=DAILY;BYMONTH=1,2": "rrule.unsupported",
    "FREQ=WEEKLY FREQ=DAILY;INTERVAL=3": "rrule.several",
}
FURTHER: list[tuple[str, dict[str, Any]]] = [  # Any: RDATEs, EXDATEs and EXRULEs, as in Recurrence
    ("rdate.unsupported", {"rdates": (MONDAY + timedelta(days=3),)}),
    ("exrule.unsupported", {"exrules": ("FREQ=MONTHLY;BYDAY=1MO",)}),
    ("rrule.limit", {"exrules": ("FREQ=DAILY;BYHOUR=1,2,3,9",)}),
    ("rrule.limit", {"exdates": tuple(MONDAY + timedelta(weeks=week) for week in range(1, 120))}),
    ("rrule.limit", {"exdates": tuple(MONDAY + timedelta(days=day) for day in range(6000))}),
]


def _translate(recurrence: Recurrence) -> Series | Misfit:
    return translate(recurrence, changed=frozenset(), cancelled=frozenset(), now=EVE, anchor=None)


def _works(misfit: Misfit) -> None:
    """The rule in the hint is sent, from a day on that it says."""
    named = RULE.search(misfit.hint)
    assert named is not None, misfit
    said = schedule.parse(_translated(named[0], MONDAY).schedule or "")
    assert isinstance(said, schedule.Schedule)


def _translated(rule: str, start: datetime) -> Series:
    series = _translate(Recurrence(start, (rule,)))
    if isinstance(series, Misfit) and series.rule == "rrule.dtstart":  # then the hint says to move the start
        read = schedule.parse(rule)
        assert isinstance(read, schedule.Schedule)
        day = next(schedule.days(read, start.toordinal(), start.toordinal(), LAST_DAY))
        moved = datetime.combine(date.fromordinal(day), time(9), start.tzinfo)
        series = _translate(Recurrence(moved, (rule,)))
    assert isinstance(series, Series), (rule, series)
    return series


@pytest.mark.parametrize(("rules", "misfit"), REFUSED.items())
def test_the_hint_of_a_refused_rule_names_one_that_is_sent(rules: str, misfit: str) -> None:
    refused = _translate(Recurrence(MONDAY, tuple(rules.split(" "))))

    assert isinstance(refused, Misfit)
    assert refused.rule == misfit
    _works(refused)


@pytest.mark.parametrize(("misfit", "more"), FURTHER)
def test_so_does_the_hint_for_what_comes_with_a_rule(misfit: str, more: dict[str, Any]) -> None:  # Any: see above
    refused = _translate(Recurrence(MONDAY, ("FREQ=WEEKLY;BYDAY=MO",), **more))

    assert isinstance(refused, Misfit)
    assert refused.rule == misfit
    _works(refused)


@pytest.mark.parametrize("rule", ["FREQ=HOURLY", f"FREQ=DAILY;BYMINUTE={MINUTES}", "FREQ=DAILY;COUNT=99999999"])
def test_so_does_the_hint_where_not_even_single_dates_help(rule: str) -> None:
    refused = list_dates(
        Recurrence(MONDAY, (rule,)),
        changed={},
        cancelled=frozenset(),
        since=EVE,
        now=EVE,
        until=EVE + timedelta(days=120),
    )

    assert isinstance(refused, Misfit)
    _works(refused)


def test_so_does_the_hint_for_dates_without_any_rule() -> None:
    refused = _translate(
        Recurrence(MONDAY, (), rdates=(MONDAY + timedelta(days=3), MONDAY + timedelta(days=4, hours=1)))
    )

    assert isinstance(refused, Misfit)
    _works(refused)
