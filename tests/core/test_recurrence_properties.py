"""Random events: what is sent says exactly the instances that a judge finds who walks day by day."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from support.judge import NOW, YEARS, Case, cases

from calbridge.core import schedule
from calbridge.core.model import Recurrence, Series
from calbridge.core.recurrence import translate


def _check(case: Case) -> None:
    recurrence = Recurrence(case.start, (case.text,), exdates=tuple(case.at(day) for day in case.exdays))
    series = translate(recurrence, changed=frozenset(), cancelled=frozenset(), now=NOW, anchor=None)
    event("refused" if not isinstance(series, Series) else f"tier {series.tier}, {'some' if series.start else 'over'}")
    if not isinstance(series, Series):
        return
    end = NOW + timedelta(days=365 * YEARS)
    meant = [case.at(day) for day in case.days(end.date()) if day not in case.exdays]

    assert _said(series, end) == sorted({instant for instant in meant if NOW <= instant < end})


def _said(series: Series, end: datetime) -> list[datetime]:
    if series.start is None or series.schedule is None:
        return []
    read = schedule.parse(series.schedule)
    assert isinstance(read, schedule.Schedule)
    gone = {each.astimezone(UTC) for each in series.gone}
    found = (each.astimezone(UTC) for each in schedule.expand(read, series.start, after=None, before=end))
    return [each for each in found if each not in gone]


@settings(max_examples=300)
@given(cases())
def test_what_is_sent_minus_what_is_gone_is_what_the_event_says(case: Case) -> None:
    _check(case)


@pytest.mark.long
@pytest.mark.skipif("CALBRIDGE_LONG" not in os.environ, reason="takes some minutes: set CALBRIDGE_LONG=1")
@settings(max_examples=20_000)
@given(cases())
def test_the_same_for_very_many_events(case: Case) -> None:
    _check(case)


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(cases())
def test_the_series_stays_the_same_as_time_goes_by(case: Case) -> None:
    recurrence = Recurrence(case.start, (case.text,), exdates=tuple(case.at(day) for day in case.exdays))
    first = translate(recurrence, changed=frozenset(), cancelled=frozenset(), now=NOW, anchor=None)
    assume(isinstance(first, Series) and first.start is not None)
    assert isinstance(first, Series)

    for weeks in (1, 9, 60):
        now = NOW + timedelta(weeks=weeks)
        later = translate(recurrence, changed=frozenset(), cancelled=frozenset(), now=now, anchor=first.start)
        assert later == first


@settings(max_examples=100)
@given(cases().filter(lambda case: case.freq in {"WEEKLY", "MONTHLY"} and not case.bysetpos and not case.bymonth))
def test_a_rule_of_the_subset_is_never_refused(case: Case) -> None:
    plain = Case(case.freq, case.start, case.interval, case.count, case.until, exdays=case.exdays)
    recurrence = Recurrence(plain.start, (plain.text,), exdates=tuple(plain.at(day) for day in plain.exdays))

    series = translate(recurrence, changed=frozenset(), cancelled=frozenset(), now=NOW, anchor=None)

    assert isinstance(series, Series)
