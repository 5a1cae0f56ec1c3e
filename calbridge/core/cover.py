"""The fewest schedules that together say a set of days, none of them twice: a search with bounded work.

What covers the first day that is still open must begin there. So each step tries the schedules that begin on that day
and say nothing that is not open, and the search goes on with what they leave; the longest are tried first, and what
can't be better than the best so far is given up. First only those are tried that say the most: all the weekdays that
fit, at the shortest intervals. Where these come to three schedules or more, the others are tried as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from calbridge.core import schedule as schedules
from calbridge.core.days import Weekday, month_of, month_span, weekday
from calbridge.core.rrule import Rule
from calbridge.core.schedule import Schedule

_PROOF = 5  # days of an endless schedule that must at least have been compared
_STEP = 1000  # what the attempts of one step cost at least, in days
_FEW = 2  # runs: one would have been found, for it is among those that say the most
_MONTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 24, 36, 48, 60, 72, 84, 96, 108, 120)
_WEEKS = (1, 2, 3, 4, 5, 6, 8, 10, 12)


@dataclass(frozen=True, slots=True)
class Run:
    """A schedule without an end, its first day and its last; `last` is `LAST_DAY` where it never ends."""

    schedule: Schedule
    first: int
    last: int
    days: frozenset[int]


@dataclass(frozen=True, slots=True)
class Target:
    """Days to cover up to the day `horizon`: all of `days`, of which those in `free` may as well be left out.

    `closes` are the days with which a schedule may end, `LAST_DAY` meaning that it goes on for ever; at most one of
    them lies beyond the horizon. `steps` are intervals that the rules suggest.
    """

    days: frozenset[int]
    free: frozenset[int]
    closes: tuple[int, ...]
    horizon: int
    steps: tuple[int, ...]


def cover(target: Target, most: int, work: int) -> tuple[Run, ...] | None:
    """At most `most` runs, the fewest found, by first day; None where there are none.

    The search ends after touching `work` days (50,000 take some 40 ms) with the best so far. A day that none of them
    can say together with another one is a run of that one day.
    """
    search = _Search(target, most + 1, work, thorough=False)
    search.go(target.days, target.days - target.free, ())
    if search.bound > _FEW:
        search.thorough, search.work = True, min(search.work, work // 4)
        search.go(target.days, target.days - target.free, ())
    return None if search.best is None else tuple(sorted(search.best, key=lambda run: run.first))


def steps_of(rules: Iterable[Rule]) -> tuple[int, ...]:
    """Intervals that the rules' own suggest, in whatever unit."""
    return tuple(sorted({rule.interval * factor for rule in rules for factor in (1, 2, 3, 4, 6, 12)}))


@dataclass(slots=True)
class _Search:
    target: Target
    bound: int  # runs that are too many
    work: int
    thorough: bool  # whether to try also what says less than another schedule
    best: tuple[Run, ...] | None = None

    def go(self, left: frozenset[int], must: frozenset[int], chosen: tuple[Run, ...]) -> None:
        """Cover what is left in fewer than `bound` runs, those chosen included."""
        if not must:
            self.best, self.bound = chosen, len(chosen)
            return
        if len(chosen) + 1 >= self.bound:
            return
        self.work -= len(left) + _STEP
        if self.work < 0:
            return
        runs = sorted(self._runs(left, must), key=lambda run: (-len(run.days & must), run.last, len(run.days)))
        for run in runs:
            self.go(left - run.days, must - run.days, (*chosen, run))
            if len(chosen) + 1 >= self.bound:
                return

    def _runs(self, left: frozenset[int], must: frozenset[int]) -> Iterator[Run]:
        """What can begin on the first day that must be covered."""
        first, found = min(must), set[frozenset[int]]()
        for close in self.target.closes:
            limit = min(close, self.target.horizon)
            if close < first:
                continue
            for schedule in self._schedules(first, limit, left, must):
                if self.thorough and self.work < 0:
                    break
                days = frozenset(schedules.days(schedule, first, first, limit))
                self.work -= len(days) if self.thorough else 0
                if days not in found and len(days) >= (2 if close <= self.target.horizon else _PROOF):
                    found.add(days)
                    yield Run(schedule, first, max(days) if close <= self.target.horizon else close, days)
        if any(first <= close <= self.target.horizon for close in self.target.closes):
            yield Run(Schedule("DAILY"), first, first, frozenset((first,)))

    def _schedules(self, first: int, limit: int, left: frozenset[int], must: frozenset[int]) -> Iterator[Schedule]:
        steps = self.target.steps
        yield from self._shortest(_daily(first, limit, left, sorted({*range(1, 32), *steps})))
        for schedule in self._shortest(_weekly(first, limit, left, must, sorted({*_WEEKS, *steps}))):
            yield schedule
            if self.thorough:
                yield from _fewer(schedule, weekday(first))
        for pattern in _patterns(first):
            yield from self._shortest(_monthly(pattern, first, limit, left, sorted({*_MONTHS, *steps})))

    def _shortest(self, found: Iterator[Schedule]) -> Iterator[Schedule]:
        """Leave out what repeats every so many times that one before it does, unless thorough."""
        known: list[Schedule] = []
        for each in found:
            less = any(each.interval % o.interval == 0 and set(each.byday) <= set(o.byday) for o in known)
            if self.thorough or not less:
                known.append(each)
                yield each


def _daily(first: int, limit: int, left: frozenset[int], steps: Sequence[int]) -> Iterator[Schedule]:
    for step in steps:
        if step % 7 and first + step in left and left.issuperset(range(first, limit + 1, step)):
            yield Schedule("DAILY", step)


def _weekly(
    first: int, limit: int, left: frozenset[int], must: frozenset[int], steps: Sequence[int]
) -> Iterator[Schedule]:
    """Each with all the weekdays that fit."""
    monday, own = first - weekday(first), weekday(first)
    for step in steps:
        names: set[int] = set()
        for name in (own, *(other for other in range(7) if other != own)):
            begin = monday + name if name >= own else monday + 7 * step + name
            days = range(begin, limit + 1, 7 * step)
            if days and left.issuperset(days) and not must.isdisjoint(days):
                names.add(name)
            elif name == own:
                break
        if names:
            yield Schedule("WEEKLY", step, byday=tuple(Weekday(0, name) for name in sorted(names)))


def _fewer(schedule: Schedule, own: int) -> Iterator[Schedule]:
    """The same on fewer weekdays, the first day's own among them."""
    others = [name for name in schedule.byday if name.weekday != own]
    for size in reversed(range(len(others))):
        for kept in combinations(others, size):
            yield replace(schedule, byday=tuple(sorted((Weekday(0, own), *kept))))


def _monthly(
    pattern: Schedule, first: int, limit: int, left: frozenset[int], steps: Sequence[int]
) -> Iterator[Schedule]:
    for step in steps:
        schedule = replace(pattern, interval=step)
        if all(day in left for day in schedules.days(schedule, first, first, limit)):
            yield schedule


def _patterns(day: int) -> Iterator[Schedule]:
    """The ways to name a day in its month: by weekday and by number, from the start and from the end."""
    opening, length = month_span(month_of(day))
    number, back = date.fromordinal(day).day, day - opening - length
    yield Schedule("MONTHLY", byday=(Weekday((number - 1) // 7 + 1, weekday(day)),))
    yield Schedule("MONTHLY", byday=(Weekday(back // 7, weekday(day)),))
    yield Schedule("MONTHLY", bymonthday=number)
    yield Schedule("MONTHLY", bymonthday=back)
