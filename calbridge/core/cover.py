"""The fewest schedules that together say a set of days, none of them twice: a search with bounded work.

What covers the first day that is still open must begin there. So each step tries the schedules that begin on that day
and say nothing that is not open, and the search goes on with what they leave; the longest are tried first, and what
can't be better than the best so far is given up. Per frequency and pattern only the shortest intervals are tried, since
the others say less.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from calbridge.core import schedule as schedules
from calbridge.core.days import Weekday, month_of, month_span, weekday
from calbridge.core.rrule import Rule
from calbridge.core.schedule import Schedule

_PROOF = 5  # days of an endless schedule that must at least have been compared
_STEP = 1000  # what the attempts of one step cost at least, in days
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

    The search ends after touching `work` days (100,000 take some 40 ms) with the best so far. A day that none of them
    can say together with another one is a run of that one day.
    """
    search = _Search(target, most + 1, work)
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
    best: tuple[Run, ...] | None = None

    def go(self, left: frozenset[int], must: frozenset[int], chosen: tuple[Run, ...]) -> None:
        """Cover what is left in fewer than `bound` runs, those chosen included."""
        if not must:
            self.best, self.bound = chosen, len(chosen)
            return
        self.work -= len(left) + _STEP
        if len(chosen) + 1 >= self.bound or self.work < 0:
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
                days = frozenset(schedules.days(schedule, first, first, limit))
                if days not in found and len(days) >= (2 if close <= self.target.horizon else _PROOF):
                    found.add(days)
                    yield Run(schedule, first, max(days) if close <= self.target.horizon else close, days)
        if any(first <= close <= self.target.horizon for close in self.target.closes):
            yield Run(Schedule("DAILY"), first, first, frozenset((first,)))

    def _schedules(self, first: int, limit: int, left: frozenset[int], must: frozenset[int]) -> Iterator[Schedule]:
        steps = self.target.steps
        yield from _daily(first, limit, left, sorted({*range(1, 32), *steps}))
        yield from _weekly(first, limit, left, must, sorted({*_WEEKS, *steps}))
        yield from _monthly(first, limit, left, sorted({*_MONTHS, *steps}))


def _daily(first: int, limit: int, left: frozenset[int], steps: Sequence[int]) -> Iterator[Schedule]:
    valid: list[int] = []
    for step in steps:
        if step % 7 == 0 or first + step not in left or any(step % each == 0 for each in valid):
            continue
        if left.issuperset(range(first, limit + 1, step)):
            valid.append(step)
            yield Schedule("DAILY", step)


def _weekly(
    first: int, limit: int, left: frozenset[int], must: frozenset[int], steps: Sequence[int]
) -> Iterator[Schedule]:
    """Each with all the weekdays that fit."""
    monday, own = first - weekday(first), weekday(first)
    valid: list[tuple[int, set[int]]] = []
    for step in steps:
        names: set[int] = set()
        for name in (own, *(other for other in range(7) if other != own)):
            begin = monday + name if name >= own else monday + 7 * step + name
            days = range(begin, limit + 1, 7 * step)
            if days and left.issuperset(days) and not must.isdisjoint(days):
                names.add(name)
            elif name == own:
                break
        if names and not any(step % each == 0 and names <= known for each, known in valid):
            valid.append((step, names))
            yield Schedule("WEEKLY", step, byday=tuple(Weekday(0, name) for name in sorted(names)))


def _monthly(first: int, limit: int, left: frozenset[int], steps: Sequence[int]) -> Iterator[Schedule]:
    for pattern in _patterns(first):
        valid: list[int] = []
        for step in steps:
            if any(step % each == 0 for each in valid):
                continue
            schedule = Schedule("MONTHLY", step, byday=pattern.byday, bymonthday=pattern.bymonthday)
            if all(day in left for day in schedules.days(schedule, first, first, limit)):
                valid.append(step)
                yield schedule


def _patterns(day: int) -> Iterator[Schedule]:
    """The ways to name a day in its month: by weekday and by number, from the start and from the end."""
    opening, length = month_span(month_of(day))
    number, back = date.fromordinal(day).day, day - opening - length
    yield Schedule("MONTHLY", byday=(Weekday((number - 1) // 7 + 1, weekday(day)),))
    yield Schedule("MONTHLY", byday=(Weekday(back // 7, weekday(day)),))
    yield Schedule("MONTHLY", bymonthday=number)
    yield Schedule("MONTHLY", bymonthday=back)
