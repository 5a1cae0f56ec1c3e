"""Schedules that might say what an event says: guesses, each to be proven (`recurrence.proves`) before it is used.

First what the rule's own words suggest, which reads most naturally on the platform, then what its days look like.
None of them has an end yet.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from math import gcd

from calbridge.core.days import Weekday, month_of, month_span, weekday
from calbridge.core.rrule import Rule
from calbridge.core.schedule import Schedule

_LOOK = 200  # days are enough to see a pattern


def as_it_is(rule: Rule) -> Schedule | None:
    """The schedule that the rule is word for word, UNTIL, COUNT and WKST aside; None where it is outside the subset."""
    if any((rule.bymonth, rule.byyearday, rule.byweekno, rule.bysetpos, rule.byhour, rule.byminute, rule.bysecond)):
        return None
    match rule:
        case Rule(freq="DAILY", byday=(), bymonthday=()):
            return Schedule("DAILY", rule.interval)
        case Rule(freq="WEEKLY", byday=(_, *_)):
            return Schedule("WEEKLY", rule.interval, byday=rule.byday)
        case Rule(freq="MONTHLY", byday=(only,), bymonthday=()) if only.ordinal:
            return Schedule("MONTHLY", rule.interval, byday=(only,))
        case Rule(freq="MONTHLY", byday=(), bymonthday=(number,)):
            return Schedule("MONTHLY", rule.interval, bymonthday=number)
        case _:
            return None


def by_words(rule: Rule, start: int) -> Iterator[Schedule]:
    """What the rule suggests; `start` is DTSTART's day, which completes what the rule leaves open."""
    interval = rule.interval
    match rule.freq:
        case "DAILY":
            yield Schedule("DAILY", interval)
        case "WEEKLY":
            names = sorted({item.weekday for item in rule.byday} or {weekday(start)})
            yield Schedule("WEEKLY", interval, byday=tuple(Weekday(0, name) for name in names))
        case "MONTHLY" | "YEARLY":
            months = interval if rule.freq == "MONTHLY" else interval * 12
            match rule.byday, rule.bymonthday:
                case (), ():
                    yield Schedule("MONTHLY", months, bymonthday=date.fromordinal(start).day)
                case (), (number,):
                    yield Schedule("MONTHLY", months, bymonthday=number)
                case (only,), () if 1 <= abs(only.ordinal) <= 5:
                    yield Schedule("MONTHLY", months, byday=(only,))


def by_pattern(days: Sequence[int]) -> Iterator[Schedule]:
    """What the days look like."""
    seen = days[:_LOOK]
    gaps = {after - before for before, after in pairwise(seen)}
    if not gaps:
        yield Schedule("DAILY")
        return
    even = gaps.pop() if len(gaps) == 1 else None
    if even is not None and even % 7:
        yield Schedule("DAILY", even)
    yield _weekly(seen)
    yield from _monthly(seen)
    if even is not None:
        yield Schedule("DAILY", even)


def nearest(rule: Rule, start: int) -> Schedule:
    """A schedule that would work, as close to the rule as can be said in one."""
    words = next(by_words(rule, start), None)
    if words is not None:
        return words
    months = rule.interval * (12 if rule.freq == "YEARLY" else 1)
    if rule.bymonthday and not rule.byday:
        number = date.fromordinal(start).day
        return Schedule("MONTHLY", months, bymonthday=number if number in rule.bymonthday else rule.bymonthday[0])
    return Schedule("MONTHLY", months, byday=(_ordinal(start),))


def _weekly(days: Sequence[int]) -> Schedule:
    mondays = {(day - weekday(day)) // 7 for day in days}
    interval = gcd(*(monday - min(mondays) for monday in mondays)) or 1
    return Schedule(
        "WEEKLY", interval, byday=tuple(Weekday(0, name) for name in sorted({weekday(day) for day in days}))
    )


def _monthly(days: Sequence[int]) -> Iterator[Schedule]:
    months = [month_of(day) for day in days]
    interval = gcd(*(month - months[0] for month in months)) or 1
    ordinals = {_ordinal(day) for day in days}
    backwards = {_ordinal_from_end(day) for day in days}
    numbers = {date.fromordinal(day).day for day in days}
    left = {_number_from_end(day) for day in days}
    for items in (ordinals, backwards):
        if len(items) == 1:
            yield Schedule("MONTHLY", interval, byday=tuple(items))
    for found in (numbers, left):
        if len(found) == 1:
            yield Schedule("MONTHLY", interval, bymonthday=found.pop())


def _ordinal(day: int) -> Weekday:
    return Weekday((date.fromordinal(day).day - 1) // 7 + 1, weekday(day))


def _ordinal_from_end(day: int) -> Weekday:
    return Weekday(_number_from_end(day) // 7, weekday(day))


def _number_from_end(day: int) -> int:
    opening, length = month_span(month_of(day))
    return day - opening - length
