"""From a meeting to the conferences that it wants: one for the series or the single event, one per instance apart."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice

from calbridge.core import marker
from calbridge.core.clock import instant_of
from calbridge.core.dates import MAX_CONFERENCES
from calbridge.core.instances import gather
from calbridge.core.model import Meeting, Occasion, Override, Series, Several, Span
from calbridge.core.policy import ConferencePolicy
from calbridge.core.problem import Misfit
from calbridge.core.several import longest, say_by_dates, say_by_one, say_by_series
from calbridge.core.union import MAX_DATES, MAX_SERIES
from calbridge.core.wanted import (
    MAIN,
    VIEW,
    Sent,
    Wanted,
    WantedInstance,
    end_of,
    is_number,
    rule_fingerprint,
    rule_of,
)

_DATES = 5
_DAY = timedelta(days=1)
_SPANS = Misfit(
    "override.this-and-future",
    "an instance was changed together with all that follow it, which takes several conferences in the dedicated room",
    'set conference.irregular = "dedicated", or end the series before that instance and begin a new one with it',
)


def wanted(
    meeting: Meeting, *, policy: ConferencePolicy, sent: Map[str, Sent], cancelled: frozenset[str], now: datetime
) -> tuple[Wanted, ...] | Misfit:
    """All conferences that are still to come (or running), the master's or the first series' first.

    `sent` are the parts that the platform has. A meeting of several parts stays that until its rule changes.
    `cancelled` are instances already cancelled on the platform: one that is wanted changed gets a room apart.
    """
    spans = tuple(_Span(span, rule_of(span.recurrence)) for span in meeting.spans)
    if not spans:
        return _singles(meeting, now)
    held = _held(spans, sent)
    irregular = policy.irregular == "dedicated"
    several = any(is_number(part) or each.tier == _DATES for found in held for part, each in found.items())
    if len(spans) == 1 and not (several and irregular):
        [span], [found] = spans, held
        series = say_by_one(span.span, now, anchor=found[MAIN].start if MAIN in found else None)
        if isinstance(series, Series) and not (irregular and MAIN not in found and _unlinked(span, series)):
            return _series(span, series, cancelled, now)
        if isinstance(series, Misfit) and not irregular:
            return series
    elif not irregular:
        return _SPANS
    said = _by_series(spans, held, now) or _by_dates(spans, now, policy)
    return said if isinstance(said, Misfit) else _several(said, cancelled, now)


@dataclass(frozen=True, slots=True)
class _Span:
    """A span, and by which fingerprint its conferences are known."""

    span: Span
    rule: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What a span is said by."""

    span: _Span
    several: Several

    def dates(self) -> Iterator[tuple[int, datetime]]:
        """Of each single date when it is, and by which original start it is known."""
        changed = {o.recurrence_id: o.occasion.start for o in self.span.span.overrides if o.occasion is not None}
        yield from ((instant_of(each), each) for each in self.several.dates)
        yield from ((instant_of(changed[each]), each) for each in self.several.apart)

    def up_to(self, last: int) -> "_Said":
        """The same without single dates after the moment `last`."""
        kept = {each for start, each in self.dates() if start <= last}
        dates, apart = (tuple(filter(kept.__contains__, each)) for each in (self.several.dates, self.several.apart))
        return replace(self, several=replace(self.several, dates=dates, apart=apart))

    def conferences(self, cancelled: frozenset[str], now: datetime) -> Iterator[Wanted]:
        """All of them, single ones that are over included."""
        span, several = self.span.span, self.several
        by_id = {o.recurrence_id: o for o in span.overrides}
        on_series = {c for series in several.series.values() for c in series.changed}
        apart_ids = {*several.apart, *(c for c in on_series if marker.part_of(c) in cancelled)}
        for part, series in several.series.items():
            changed = tuple(by_id[c] for c in series.changed if c not in apart_ids)
            want = _master(part, self.span, _without(series, cancelled), changed, now)
            if want is not None:
                yield replace(want, tier=several.tier)
        dates = (
            _single(marker.part_of(d), None, replace(span.occasion, start=d), self.span.rule) for d in several.dates
        )
        for want in (*dates, *_apart((by_id[i] for i in apart_ids), self.span.rule)):
            yield replace(want, tier=several.tier)


def _held(spans: Sequence[_Span], sent: Map[str, Sent]) -> tuple[dict[str, Sent], ...]:
    """What the platform has of each span. After a loss all of it stands for the first, until its start tells more."""
    held: tuple[dict[str, Sent], ...] = tuple({} for _ in spans)
    for part, each in sent.items():
        fitting = [index for index, span in enumerate(spans) if span.rule == each.rule]
        if fitting == [0] and len(spans) > 1 and is_number(part):
            fitting = [index for index, span in enumerate(spans) if _says(span.span, each.start)] or fitting
        if fitting:
            held[fitting[0]][part] = each
    return held


def _says(span: Span, start: datetime) -> bool:
    event = gather(span.recurrence, frozenset(), start)
    wall = None if isinstance(event, Misfit) else event.zone.wall_meant(start, event.times)
    return wall is not None and not isinstance(event, Misfit) and wall in event.members(wall, wall)


def _by_series(spans: Sequence[_Span], held: Sequence[Map[str, Sent]], now: datetime) -> list[_Said] | None:
    """At most seven series in all; None where that is not enough, or where single dates were sent already."""
    numbered = [
        {part: (each.start, each.schedule) for part, each in found.items() if is_number(part) and each.schedule}
        for found in held
    ]
    if not any(numbered) and any(each.tier == _DATES for found in held for each in found.values()):
        return None
    taken = frozenset(chain.from_iterable(numbered))
    free = iter([number for number in map(str, range(1, MAX_SERIES + 1)) if number not in taken])
    said: list[_Said] = []
    for span, kept in zip(spans, numbered, strict=True):
        if len(spans) > 1 and _is_over(span.span, now):
            continue
        several = _several_series(span.span, kept, now, alone=len(spans) == 1)
        if several is None:
            return None
        if several.series.keys() != kept.keys():
            parts = tuple(islice(chain(kept, free), len(several.series)))
            if len(parts) < len(several.series):
                return None
            several = replace(several, series=dict(zip(parts, several.series.values(), strict=True)))
        said.append(_Said(span, several))
    return said if sum(len(each.several.dates) for each in said) <= MAX_DATES else None


def _several_series(span: Span, kept: Map[str, tuple[datetime, str]], now: datetime, *, alone: bool) -> Several | None:
    """The series of one span; where it is not alone, a single one is as good."""
    if not alone and len(kept) <= 1:
        part, anchor = next(((part, start) for part, (start, _) in kept.items()), ("1", None))
        series = say_by_one(span, now, anchor=anchor)
        if isinstance(series, Series):
            return Several(4, {} if series.start is None else {part: series}, (), series.apart)
    several = say_by_series(span, kept, now)
    return several if isinstance(several, Several) else None


def _is_over(span: Span, now: datetime) -> bool:
    """Whether nothing of a span that ends can still be running or to come; in doubt it is looked at."""
    window = span.recurrence.window
    if window is None or window.before is None:
        return False
    ends = (end_of(o.occasion.start, o.occasion.minutes) for o in span.overrides if o.occasion is not None)
    return max(window.before + window.shift + _DAY + longest(span), *ends, window.before) <= now


def _by_dates(spans: Sequence[_Span], now: datetime, policy: ConferencePolicy) -> list[_Said] | Misfit:
    """Single dates of all spans, not more than of one."""
    said: list[_Said] = []
    for span in spans:
        if len(spans) > 1 and _is_over(span.span, now):
            continue
        several = say_by_dates(span.span, now, policy.horizon)
        if isinstance(several, Misfit):
            return several
        said.append(_Said(span, several))
    if len(said) <= 1:
        return said
    starts = sorted(start for each in said for start, _ in each.dates())
    coming = next((start for start in starts if start >= instant_of(now)), 0)
    last = min([max(instant_of(now + policy.horizon), coming), *starts[MAX_CONFERENCES - 1 : MAX_CONFERENCES]])
    return [each.up_to(last) for each in said]


def _singles(meeting: Meeting, now: datetime) -> tuple[Wanted, ...]:
    rule = rule_fingerprint(meeting)
    main = () if meeting.master is None else (_single(MAIN, None, meeting.master, rule),)
    return _to_come((*main, *_apart(meeting.overrides, rule)), now)


def _single(part: str, recurrence_text: str | None, occasion: Occasion, rule: str) -> Wanted:
    return Wanted(
        part=part,
        recurrence_text=recurrence_text,
        occasion=occasion,
        schedule=None,
        tier=1,
        until=end_of(occasion.start, occasion.minutes),
        rule=rule,
    )


def _unlinked(span: _Span, series: Series) -> bool:
    """Whether an instance would get a room that the event can't show."""
    return any(each.period and each.recurrence_id in series.apart for each in span.span.overrides)


def _apart(overrides: Iterable[Override], rule: str) -> tuple[Wanted, ...]:
    return tuple(
        _single(marker.part_of(o.recurrence_id), None if o.period else o.recurrence_text, o.occasion, rule)
        for o in sorted(overrides, key=lambda o: o.recurrence_id)
        if o.occasion is not None
    )


def _series(span: _Span, series: Series, cancelled: frozenset[str], now: datetime) -> tuple[Wanted, ...]:
    by_id = {o.recurrence_id: o for o in span.span.overrides}
    apart_ids = {*series.apart, *(c for c in series.changed if marker.part_of(c) in cancelled)}
    apart = _to_come(_apart((by_id[i] for i in apart_ids), span.rule), now)
    changed = tuple(by_id[c] for c in series.changed if c not in apart_ids)
    main = _master(MAIN, span, _without(series, cancelled), changed, now)
    return apart if main is None else (main, *apart)


def _several(said: Iterable[_Said], cancelled: frozenset[str], now: datetime) -> tuple[Wanted, ...]:
    """All of them in the dedicated room: one event shows one link."""
    masters: dict[str, Wanted] = {}
    singles: dict[str, Wanted] = {}
    for each in said:
        for want in each.conferences(cancelled, now):
            found = singles if want.schedule is None else masters
            found.setdefault(want.part, want)
    ordered = (*(masters[part] for part in sorted(masters)), *_to_come((singles[p] for p in sorted(singles)), now))
    return tuple(replace(want, room="dedicated") for want in ordered)


def _to_come(singles: Iterable[Wanted], now: datetime) -> tuple[Wanted, ...]:
    return tuple(w for w in singles if w.until is not None and w.until > now)


def _without(series: Series, cancelled: frozenset[str]) -> Series:
    """The series without instances that have a room apart: their own stay cancelled, whatever an update resets."""
    return replace(series, gone=(*series.gone, *(c for c in series.changed if marker.part_of(c) in cancelled)))


def _master(part: str, span: _Span, series: Series, changed: tuple[Override, ...], now: datetime) -> Wanted | None:
    """The conference of a series, None where it is over."""
    if series.start is None:
        return None
    occasion = span.span.occasion
    until = _latest(None if series.end is None else end_of(series.end, occasion.minutes), changed)
    if until is not None and until <= now:
        return None
    return Wanted(
        part=part,
        recurrence_text=None,
        occasion=replace(occasion, start=series.start),
        schedule=series.schedule,
        tier=series.tier,
        until=until,
        rule=span.rule,
        instances=_instances(series.gone, changed, now),
        exceptions=frozenset(map(marker.part_of, (*series.gone, *series.changed))),
    )


def _instances(gone: Iterable[datetime], changed: Iterable[Override], now: datetime) -> tuple[WantedInstance, ...]:
    """The ones to settle now; one that is over, as it was and as it is, is left alone."""
    out = [WantedInstance(g, None, None) for g in gone if g > now]
    for override in changed:
        occasion = override.occasion
        if occasion is not None and max(override.recurrence_id, end_of(occasion.start, occasion.minutes)) > now:
            out.append(WantedInstance(override.recurrence_id, override.recurrence_text, occasion))
    return tuple(sorted((i for i in out if i.instance <= now + VIEW), key=lambda i: i.instance))


def _latest(until: datetime | None, changed: Iterable[Override]) -> datetime | None:
    if until is None:
        return None
    ends = (end_of(o.occasion.start, o.occasion.minutes) for o in changed if o.occasion is not None)
    return max((until, *ends))
