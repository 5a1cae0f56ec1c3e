"""The recurrence set of one event (RFC 5545, section 3.8.5), as walls in the zone of its DTSTART."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import chain, dropwhile, groupby, islice
from typing import TypeAlias

from calbridge.core.clock import Zone, instant_of, wall_shown
from calbridge.core.days import DAY, FIRST_DAY, LAST_DAY
from calbridge.core.expansion import walls
from calbridge.core.model import Recurrence, Window
from calbridge.core.problem import Misfit
from calbridge.core.rrule import Rule, parse

CENTURY = 36_525 * DAY
_MAX_COUNT = 10_000
_MAX_EXCLUDED = 12_000
_MAX_DATES = 5_000  # EXDATEs, RDATEs and RECURRENCE-IDs that can still matter
_MAX_STEP = 10  # years from one period to the next
_STEPS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}
_EXRULE_REACH = 30 * 365 * DAY

_TOO_MANY = Misfit(
    "rrule.limit", f"the event lists more than {_MAX_DATES} dates", "split it up, as in FREQ=WEEKLY;COUNT=50"
)
_EDGE = Misfit("rrule.limit", "the event starts at the edge of the calendar", "give it a start in this century")


@dataclass(frozen=True, slots=True)
class Cut:
    """Of a rule's instances from `start` on those from `since` to before `before`, each `shift` seconds later."""

    rule: Rule
    start: int
    since: int
    before: int | None
    shift: int


Source: TypeAlias = Rule | Cut | tuple[int, ...]
"""What yields instances: a rule without COUNT, or the walls of one with COUNT, written out."""


@dataclass(frozen=True, slots=True)
class Instances:
    """An event's instances, before anything is taken out, and what is taken out.

    `extra` are DTSTART and the RDATEs, of which some may be before it; `out` the walls and `out_days` the days that
    EXDATEs, EXRULEs and cancelled overrides take out; `unending` says that an EXRULE goes on beyond the years it was
    followed. All of it is `shift` seconds later than the event's rules say, but for `out_days`, which are days of the
    rules.
    """

    zone: Zone
    start: int
    times: frozenset[int]
    rules: tuple[Rule, ...]
    sources: tuple[Source, ...]
    extra: tuple[int, ...]
    out: Set[int]
    out_days: Set[int]
    unending: bool
    shift: int = 0

    def earliest(self, since: int) -> int:
        """Where a walk begins that is to see what is to come from the instant `since` on."""
        return max(self.extra[0], since - 2 * DAY)  # a wall and its instant are less than two days apart

    def latest(self, first: int) -> int:
        """Where a walk from `first` ends: two centuries on, or before an EXRULE was no longer followed."""
        return first + (_EXRULE_REACH - 400 * DAY if self.unending else 2 * CENTURY)

    def members(self, first: int, last: int) -> Iterator[int]:
        """All instances from `first` to `last`, inclusive, in order, those taken out included."""
        streams = [self.by_rule(source, first, last) for source in self.sources]
        extra = [wall for wall in self.extra if first <= wall <= last]
        match streams:
            case [only] if not extra:
                return only
            case [only] if extra == [first]:  # DTSTART, as nearly always: no need to merge
                return chain(extra, dropwhile(first.__ge__, only))
            case _:
                return (wall for wall, _ in groupby(merge(*streams, extra)))

    def by_rule(self, source: Source, first: int, last: int) -> Iterator[int]:
        """The instances of one rule, COUNT and UNTIL applied."""
        match source:
            case Rule():
                return _until(source, self.zone, walls(source, self.start, first, _last(source, last)))
            case Cut(rule, start, since, before, shift):
                low, high = max(first - shift, since), min(last, LAST_DAY * DAY) - shift
                high = _last(rule, high if before is None else min(high, before - 1))
                return (wall + shift for wall in _until(rule, self.zone, walls(rule, start, low, high)))
            case tuple():
                return (wall for wall in source if first <= wall <= last)

    def on_rule(self, wall: int) -> bool:
        """Whether one of the rules, and not only an RDATE or DTSTART, says so."""
        return any(wall in self.by_rule(source, wall, wall) for source in self.sources)

    def removed(self, wall: int) -> bool:
        """Whether an EXDATE, an EXRULE or a cancelled override takes it out."""
        return wall in self.out or (wall - self.shift) // DAY in self.out_days

    def removed_at(self, second: int) -> Iterator[int]:
        """The walls at one time of day that are taken out, whether they are instances or not."""
        yield from (wall for wall in self.out if wall % DAY == second)
        yield from (day * DAY + (second - self.shift) % DAY + self.shift for day in self.out_days)

    def wall_of(self, when: datetime) -> int:
        """The wall that stands for a moment; of one that the clock shows for the second time, the first."""
        wall = self.zone.wall_meant(when, self.times)
        return self.zone.wall(when) if wall is None else wall

    def end(self) -> int | None:
        """The last instance; None for a series that never ends."""
        ends = [self.end_of(source) for source in self.sources]
        found = [end for end in ends if end is not None]
        return max(self.extra[-1], *found, self.extra[-1]) if len(found) == len(ends) else None

    def end_of(self, source: Source) -> int | None:
        """The last instance of one rule, DTSTART where there is none; None where it never ends."""
        match source:
            case Rule(until=None) | Cut(rule=Rule(until=None), before=None):
                return None
            case Rule():
                return self._last_of(source, _last(source, LAST_DAY * DAY))
            case Cut(rule, _, _, before, shift):
                return self._last_of(source, _last(rule, LAST_DAY * DAY if before is None else before - 1) + shift)
            case tuple():
                return source[-1] if source else self.start

    def _last_of(self, source: Rule | Cut, close: int) -> int:
        """The last instance of a rule that ends by `close`, looked for backwards in widening steps."""
        for reach in (40 * DAY, 400 * DAY, 30 * 365 * DAY, CENTURY):
            found = list(self.by_rule(source, close - reach, close))
            if found:
                return found[-1]
        return self.start


def gather(recurrence: Recurrence, cancelled: Set[datetime], floor: datetime) -> Instances | Misfit:
    """Read an event's recurrence. What was taken out before `floor` is left aside: it can't matter any more."""
    low = floor.toordinal() - 2
    overrides = [each for each in cancelled if low <= each.toordinal() < LAST_DAY]
    window = recurrence.window
    event = _read(recurrence, low if window is None else low - window.shift.days - 1)
    if isinstance(event, Misfit) or len(overrides) > _MAX_DATES:
        return _TOO_MANY if isinstance(event, Instances) else event
    if window is not None:
        event = cut(event, window)
        if not FIRST_DAY < event.start // DAY < LAST_DAY:
            return _EDGE
    walls_out = (event.zone.wall_meant(each, event.times) for each in overrides)
    event = replace(event, out=event.out | {wall for wall in walls_out if wall is not None})
    # An RDATE that is taken out again says nothing: the rest may then be said by one schedule.
    return replace(event, extra=tuple(wall for wall in event.extra if wall == event.start or not event.removed(wall)))


def _read(recurrence: Recurrence, low: int) -> Instances | Misfit:
    """All of a recurrence, as if no window were there; what is taken out before the day `low` is left aside."""
    exdates, rdates = _within(recurrence.exdates, low), _within(recurrence.rdates, low)
    if max(len(exdates), len(rdates)) > _MAX_DATES:
        return _TOO_MANY
    zone = Zone(recurrence.start.tzinfo or UTC)
    start = zone.wall(recurrence.start)
    if not FIRST_DAY < start // DAY < LAST_DAY:
        return _EDGE
    paired = _sources(recurrence.rrules, start)
    if isinstance(paired, Misfit):
        return paired
    excluded = _excluded(recurrence.exrules, zone, start, low * DAY)
    if isinstance(excluded, Misfit):
        return excluded
    rules, sources = tuple(rule for rule, _ in paired), tuple(source for _, source in paired)
    out, unending = excluded
    times = frozenset({start % DAY}.union(*(islice(rule.times(start % DAY), 4) for rule in rules)))
    moments = [each for each in exdates if isinstance(each, datetime)]
    return Instances(
        zone,
        start,
        times,
        rules,
        sources,
        tuple(sorted({start, *(_rdate(each, zone, start) for each in rdates)})),
        out.union(wall for each in moments if (wall := zone.wall_meant(each, times)) is not None),
        frozenset(each.toordinal() for each in exdates if not isinstance(each, datetime)),
        unending,
    )


def cut(event: Instances, window: Window) -> Instances:
    """What lies in the window, moved, of an event that was read whole.

    Its first instance is one like DTSTART, whatever the rules say.
    """
    shift = window.shift // timedelta(seconds=1)
    since = None if window.since is None else event.wall_of(window.since)
    before = None if window.before is None else event.wall_of(window.before)
    low = max(FIRST_DAY * DAY - min(shift, 0), 0 if since is None else since)
    high = LAST_DAY * DAY - max(shift, 0) if before is None else before

    def moved(walls: Iterable[int]) -> Iterator[int]:
        return (wall + shift for wall in walls if low <= wall < high)

    sources: list[Source] = []
    for source in event.sources:
        match source:
            case tuple():
                sources.append(tuple(moved(source)))
            case Rule():
                sources.append(Cut(source, event.start, low, before, shift))
            case Cut():
                sources.append(source)
    first = (event.start if since is None else since) + shift
    return replace(
        event,
        start=first,
        times=frozenset((second + shift) % DAY for second in event.times),
        sources=tuple(sources),
        extra=tuple(sorted({first, *moved(event.extra)})),
        out=frozenset(wall + shift for wall in event.out),
        shift=shift,
    )


def _within(dates: tuple[datetime | date, ...], low: int) -> list[datetime | date]:
    return [each for each in dates if low <= each.toordinal() < LAST_DAY]


def _rules(texts: tuple[str, ...]) -> tuple[Rule, ...] | Misfit:
    rules: list[Rule] = []
    for text in dict.fromkeys(texts):
        rule = parse(text)
        if isinstance(rule, Misfit):
            return rule
        rules.append(rule)
    return tuple(rules)


def _sources(texts: tuple[str, ...], start: int) -> tuple[tuple[Rule, Source], ...] | Misfit:
    rules, found = _rules(texts), []
    if isinstance(rules, Misfit):
        return rules
    for rule in rules:
        source = _source(rule, start)
        if isinstance(source, Misfit):
            return source
        found.append((rule, source))
    return tuple(found)


def _excluded(texts: tuple[str, ...], zone: Zone, start: int, low: int) -> tuple[set[int], bool] | Misfit:
    """What EXRULEs (RFC 2445, section 4.8.5.2) take out for as long as a proof looks, and whether any goes on."""
    rules, found, unending = _rules(texts), set[int](), False
    bound = max(low, start) + _EXRULE_REACH
    if isinstance(rules, Misfit):
        return rules
    for rule in rules:
        last = _last(rule, bound)
        walked = walls(rule, start, start, last) if rule.count else walls(rule, start, low, last)
        taken = set(islice(_until(rule, zone, walked), min(rule.count or _MAX_EXCLUDED, _MAX_EXCLUDED)))
        unending = unending or (last == bound and len(taken) != rule.count)
        found |= taken
        if len(found) >= _MAX_EXCLUDED:
            hint = "end the series itself, as in FREQ=WEEKLY;COUNT=50"
            return Misfit("rrule.limit", f"an EXRULE takes out more than {_MAX_EXCLUDED} instances", hint)
    return found, unending


def _source(rule: Rule, start: int) -> Source | Misfit:
    """Check that the rule says anything at all; write out one with COUNT, where DTSTART counts as the first."""
    if rule.interval * _STEPS[rule.freq] > _MAX_STEP * 365:
        reason = f"INTERVAL={rule.interval} is more than {_MAX_STEP} years"
        return Misfit("rrule.limit", reason, "repeat more often, as in FREQ=YEARLY;INTERVAL=10, or make single events")
    first = next(walls(rule, start, start, start + 2 * CENTURY), None)
    if first is None:
        return Misfit(
            "rrule.never", "no day is as the rule says", "set the repetition anew, as in FREQ=MONTHLY;BYMONTHDAY=10"
        )
    if rule.count is None:
        return rule
    if rule.count > _MAX_COUNT:
        return Misfit("rrule.limit", f"COUNT={rule.count} is more than {_MAX_COUNT}", _uncounted(rule))
    size = rule.count if first == start else rule.count - 1
    found = tuple(islice(walls(rule, start, start, start + 2 * CENTURY), size))
    if len(found) < size:
        reason = f"COUNT={rule.count} takes more than 200 years, or leaves the calendar"
        return Misfit("rrule.limit", reason, _uncounted(rule))
    return found


def _uncounted(rule: Rule) -> str:
    return f"leave COUNT out, as in FREQ={rule.freq}, or end it with UNTIL"


def _last(rule: Rule, last: int) -> int:
    """A wall that no instance before UNTIL lies after: exact for local values, two days too late for one in UTC."""
    match rule.until:
        case None:
            return last
        case datetime(tzinfo=None) as local:
            return min(last, wall_shown(local))
        case datetime() as utc:
            return min(last, instant_of(utc) + 2 * DAY)
        case day:
            # RFC 5545 wants DTSTART's type here; a bare day beside a timed DTSTART bounds "in an inclusive manner"
            return min(last, day.toordinal() * DAY + DAY - 1)


def _until(rule: Rule, zone: Zone, found: Iterator[int]) -> Iterator[int]:
    """UNTIL in UTC, to the second; it is compared by instant, and looked at near the end only."""
    if not isinstance(rule.until, datetime) or rule.until.tzinfo is None:
        return found
    limit = instant_of(rule.until)
    return (wall for wall in found if wall < limit - 2 * DAY or zone.instant(wall) <= limit)


def _rdate(each: datetime | date, zone: Zone, start: int) -> int:
    return zone.wall(each) if isinstance(each, datetime) else each.toordinal() * DAY + start % DAY
