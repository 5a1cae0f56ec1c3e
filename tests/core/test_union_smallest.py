"""The search for a union, compared with one that tries everything, on a few weeks of days.

With time enough what one or two schedules can say is always found. At run time its work is bounded: then it finds, now
and then, one more than needed.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import combinations

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from calbridge.core import schedule as schedules
from calbridge.core.cover import Run, Target, cover
from calbridge.core.days import Weekday, weekday
from calbridge.core.schedule import Schedule

FIRST = date(2026, 3, 2).toordinal()  # a Monday
WEEKS = 5
MOST, WORK = 7, 5_000_000

BYDAY = st.sets(st.integers(0, 6), min_size=1, max_size=4)
PATTERNS = st.one_of(
    st.builds(lambda step: Schedule("DAILY", step), st.integers(1, 9)),
    st.builds(lambda step, days: Schedule("WEEKLY", step, byday=_names(days)), st.integers(1, 2), BYDAY),
    st.builds(lambda number: Schedule("MONTHLY", bymonthday=number), st.sampled_from((2, 9, 31, -1))),
    st.builds(
        lambda nth, day: Schedule("MONTHLY", byday=(Weekday(nth, day),)), st.sampled_from((1, 2, -1)), st.integers(0, 6)
    ),
)


def _names(days: Iterable[int]) -> tuple[Weekday, ...]:
    return tuple(Weekday(0, name) for name in sorted(days))


@st.composite
def targets(draw: st.DrawFn) -> Target:
    """Up to three rules that end with one of two days, of whose instances a few may be left out."""
    closes = tuple(sorted({FIRST + 7 * WEEKS - 1, FIRST + draw(st.integers(8, 7 * WEEKS - 1))}, reverse=True))
    days: set[int] = set()
    for said in draw(st.lists(PATTERNS, min_size=1, max_size=3)):
        begin = FIRST + draw(st.integers(0, 10))
        days.update(schedules.days(said, begin, begin, draw(st.sampled_from(closes))))
    assume(days)
    free = draw(st.sets(st.sampled_from(sorted(days)), max_size=2))
    assume(days - free)
    return Target(frozenset(days), frozenset(free), closes, closes[0], (1,))


def everything(target: Target) -> set[frozenset[int]]:
    """Every set of days that any schedule of the subset says within those to cover."""
    found = {frozenset((day,)) for day in target.days}
    for first in target.days:
        for said in _schedules_from(first):
            for close in target.closes:
                days = frozenset(schedules.days(said, first, first, close))
                if first in days and days <= target.days:
                    found.add(days)
    return found


def _schedules_from(first: int) -> Iterator[Schedule]:
    yield from (Schedule("DAILY", step) for step in range(1, 32))
    others = [name for name in range(7) if name != weekday(first)]
    for size in range(7):
        for names in combinations(others, size):
            yield from (
                Schedule("WEEKLY", step, byday=_names((weekday(first), *names))) for step in range(1, WEEKS + 1)
            )
    for step in (1, 2):
        yield from (Schedule("MONTHLY", step, bymonthday=number) for number in range(-31, 32) if number)
        for nth in (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5):
            yield Schedule("MONTHLY", step, byday=(Weekday(nth, weekday(first)),))


def smallest(target: Target, most: int) -> int | None:
    """The fewest disjoint sets that hold all days which must be covered; None for more than `most`."""
    sets, must = everything(target), target.days - target.free

    @cache
    def possible(left: frozenset[int], runs: int) -> bool:
        open_ = left & must
        if not open_ or not runs:
            return not open_
        return any(possible(left - days, runs - 1) for days in sets if min(open_) in days and days <= left)

    return next((runs for runs in range(1, most + 1) if possible(target.days, runs)), None)


@settings(max_examples=200)
@given(targets())
def test_no_search_finds_a_union_of_one_or_two_that_is_smaller(target: Target) -> None:
    found = cover(target, MOST, WORK)

    fewest = smallest(target, 2)

    event(f"{fewest or 'more'}")
    assert fewest == (len(found) if found is not None and len(found) <= 2 else None)
    assert found is None or _covers(found, target)


def _covers(runs: tuple[Run, ...], target: Target) -> bool:
    said = [day for run in runs for day in run.days]
    return len(said) == len(set(said)) and target.days - target.free <= set(said) <= target.days
