"""Random events of several rules, times and dates: what is sent together says what the judge finds, nothing twice."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from support.judge import NOW, YEARS, Case, cases

from calbridge.core import schedule
from calbridge.core.dates import MAX_CONFERENCES, list_dates
from calbridge.core.model import Recurrence, Series, Several
from calbridge.core.union import MAX_SERIES, unite

END = NOW + timedelta(days=365 * YEARS)


@dataclass(frozen=True)
class Mixture:
    """An event with one or two rules, perhaps several times a day, further dates, and exceptions. Instants in UTC."""

    rules: tuple[Case, ...]
    hours: tuple[int, ...]
    rdates: tuple[datetime, ...]
    exdates: frozenset[datetime]
    changed: frozenset[datetime]

    @property
    def recurrence(self) -> Recurrence:
        hours = f";BYHOUR={','.join(map(str, self.hours))}" if self.hours else ""
        zone = self.rules[0].start.tzinfo
        rdates = tuple(each.astimezone(zone) for each in self.rdates)
        texts = tuple(rule.text + hours for rule in self.rules)
        return Recurrence(self.rules[0].start, texts, rdates=rdates, exdates=tuple(self.exdates))

    @property
    def meant(self) -> set[datetime]:
        """All instances that are still to come, those that are changed included."""
        found = all_instants(self.rules, self.hours, self.rdates)
        return {each for each in found if NOW <= each < END} - (self.exdates - self.changed)


def all_instants(rules: tuple[Case, ...], hours: tuple[int, ...], rdates: tuple[datetime, ...]) -> set[datetime]:
    start = rules[0].start
    found = {start.astimezone(UTC), *rdates}
    for rule in rules:
        days = rule.days(END.date())
        if not hours:
            found.update(map(rule.at, days))
            continue
        clocks = [start.time().replace(hour=hour) for hour in hours]
        meant = (day for day in days if day != start.date() or rule.means(day))
        local = (datetime.combine(day, clock, start.tzinfo) for day in meant for clock in clocks)
        found.update(each.astimezone(UTC) for each in local if each.replace(tzinfo=None) >= start.replace(tzinfo=None))
    return found


@st.composite
def mixtures(draw: st.DrawFn) -> Mixture:
    first = draw(cases())
    rules = [replace(first, exdays=())]
    if draw(st.integers(0, 2)) == 0:
        rules.append(replace(draw(cases()), start=first.start, exdays=()))
        assume(all(rule.until is None or rule.until >= rule.at(rule.start.date()) for rule in rules))
        assume(all(len(rule.days(rule.start.date() + timedelta(days=800))) > 1 for rule in rules))
    hours = draw(st.sets(st.integers(0, 23), min_size=2, max_size=3)) if draw(st.integers(0, 2)) == 0 else set[int]()
    if hours and any(rule.bysetpos or rule.count or rule.until for rule in rules):
        hours = set()
    gaps = draw(st.lists(st.integers(0, 40_000), max_size=3))
    rdates = tuple(first.start.astimezone(UTC) + timedelta(minutes=60 * gap) for gap in gaps)
    known = sorted(each for each in all_instants(tuple(rules), tuple(hours), rdates) if each < END)
    near = st.lists(st.sampled_from(known[:400]), max_size=3)
    exdates, changed = frozenset(draw(near)), frozenset(draw(near))
    return Mixture(tuple(rules), tuple(sorted(hours)), rdates, exdates, changed)


def _unite(mixture: Mixture, now: datetime = NOW, kept: Several | None = None) -> Several | None:
    united = unite(
        mixture.recurrence,
        changed=mixture.changed,
        cancelled=frozenset(),
        now=now,
        since=now,
        kept={}
        if kept is None
        else {p: (s.start, s.schedule) for p, s in kept.series.items() if s.start and s.schedule},
    )
    return united if isinstance(united, Several) else None


def _said(series: Series) -> list[datetime]:
    """What the platform then has of a series, the changed ones left out."""
    assert series.start is not None
    assert series.schedule is not None
    read = schedule.parse(series.schedule)
    assert isinstance(read, schedule.Schedule)
    out = {each.astimezone(UTC) for each in (*series.gone, *series.changed)}
    found = (each.astimezone(UTC) for each in schedule.expand(read, series.start, after=NOW, before=END))
    return [each for each in found if each not in out]


def _check(mixture: Mixture) -> None:
    united = _unite(mixture)
    event("none" if united is None else f"{len(united.series)} series, {'some' if united.dates else 'no'} dates")
    if united is None:
        return
    dates = [each.astimezone(UTC) for each in united.dates if each < END]
    said = [*dates, *(each for series in united.series.values() for each in _said(series))]
    on_series = [each for series in united.series.values() for each in series.changed]

    assert sorted(said) == sorted(mixture.meant - mixture.changed)
    assert sorted((*on_series, *united.apart)) == sorted(mixture.changed)
    assert len(united.series) <= MAX_SERIES


@settings(max_examples=120, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(mixtures())
def test_all_series_together_minus_what_is_gone_and_the_dates_are_what_the_event_says(mixture: Mixture) -> None:
    _check(mixture)


@pytest.mark.long
@pytest.mark.skipif("CALBRIDGE_LONG" not in os.environ, reason="takes some minutes: set CALBRIDGE_LONG=1")
@settings(max_examples=10_000, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(mixtures())
def test_the_same_for_very_many_mixtures(mixture: Mixture) -> None:
    _check(mixture)


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(mixtures())
def test_the_series_stay_the_same_as_time_goes_by(mixture: Mixture) -> None:
    first = _unite(mixture)
    assume(first is not None)
    assert first is not None

    for weeks in (1, 9, 60):
        later = _unite(mixture, NOW + timedelta(weeks=weeks), first)
        assert later is not None
        assert later.series == first.series


@settings(max_examples=50, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(mixtures(), st.integers(1, 400))
def test_the_dates_of_the_near_future_are_the_first_that_the_event_says(mixture: Mixture, days: int) -> None:
    until = NOW + timedelta(days=days)
    changed = {each: each for each in mixture.changed}

    listed = list_dates(mixture.recurrence, changed=changed, cancelled=frozenset(), since=NOW, now=NOW, until=until)

    assert isinstance(listed, Several)
    found = sorted(each.astimezone(UTC) for each in (*listed.dates, *listed.apart) if each < END)
    meant = sorted(mixture.meant | {each for each in mixture.changed if each >= NOW})[:MAX_CONFERENCES]
    assert found == ([each for each in meant if each <= until] or meant[:1])
    assert mixture.changed.isdisjoint(listed.dates)
