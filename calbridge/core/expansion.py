"""Expand a rule (RFC 5545, section 3.3.10) into walls: local times as ints (`core/days.py`).

Walks only the window asked for: every frequency jumps to the period that the window begins in. Where RFC 5545 is read
in different ways, this is how it is read here; tests/core/test_rrule_vectors.py compares with three other libraries:
- what a rule leaves open comes from DTSTART: the month of YEARLY;BYMONTHDAY, the weekday of YEARLY;BYWEEKNO;
- with BYWEEKNO a year is a week year, from its week 1 to its last, for INTERVAL and BYSETPOS too;
- BYSETPOS picks from the whole period, also where that begins before DTSTART.
"""

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, date
from itertools import chain, dropwhile, takewhile
from typing import assert_never

from calbridge.core.days import (
    DAY,
    FIRST_DAY,
    LAST_DAY,
    Weekday,
    month_of,
    month_span,
    weekday,
    weekdays_in,
    year_span,
)
from calbridge.core.rrule import Rule, Skip

_LONGEST = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 371}  # days of a period; a week year has 53 weeks
_FIRST_MONTH, _LAST_MONTH = month_of(1), month_of(LAST_DAY)


def walls(rule: Rule, start: int, first: int, last: int) -> Iterator[int]:
    """Yield the rule's instances from `first` to `last`, inclusive, none before DTSTART's wall `start`, in order.

    COUNT and UNTIL are not applied. `start` itself is an instance only if the rule says so.
    """
    first, last = max(first, start, FIRST_DAY * DAY), min(last, LAST_DAY * DAY)
    times = rule.times(start % DAY)
    most = _LONGEST[rule.freq] * len(times)
    if first > last or (rule.bysetpos and all(abs(number) > most for number in rule.bysetpos)):
        return iter(())
    found = _unbounded(rule, times, _periods(rule, start // DAY, first // DAY, last // DAY))
    if rule.skip != "OMIT":
        found = _rising(found)
    return takewhile(last.__ge__, dropwhile(first.__gt__, found))  # not one call of Python an instance: this is hot


def _unbounded(rule: Rule, times: list[int], periods: Iterator[list[int]]) -> Iterator[int]:
    if rule.bysetpos:
        return (wall for days in periods for wall in _positions(days, times, rule.bysetpos))
    if len(times) == 1:
        second = times[0]
        return (day * DAY + second for day in chain.from_iterable(periods))
    return (day * DAY + second for days in periods for day in days for second in times)


def _rising(found: Iterator[int]) -> Iterator[int]:
    """Leave out what SKIP moved onto a day of the neighbouring period."""
    previous = -1
    for wall in found:
        if wall > previous:
            previous = wall
            yield wall


def _positions(days: list[int], times: list[int], bysetpos: tuple[int, ...]) -> Iterator[int]:
    """Pick by number from days x times, without writing that out: it can have 32 million elements."""
    size = len(days) * len(times)
    for index in sorted({number - 1 if number > 0 else size + number for number in bysetpos}):
        if 0 <= index < size:
            yield days[index // len(times)] * DAY + times[index % len(times)]


def _periods(rule: Rule, start: int, first: int, last: int) -> Iterator[list[int]]:
    match rule.freq:
        case "DAILY":
            return _daily(rule, start, first, last)
        case "WEEKLY":
            return _weekly(rule, start, first, last)
        case "MONTHLY":
            return _monthly(rule, start, first, last)
        case "YEARLY" if rule.byweekno:
            return _week_yearly(rule, start, first, last)
        case "YEARLY":
            return _yearly(rule, start, first, last)
        case _:
            assert_never(rule.freq)


def _daily(rule: Rule, start: int, first: int, last: int) -> Iterator[list[int]]:
    step = rule.interval
    day = start + (first - start + step - 1) // step * step
    if not (rule.bymonth or rule.bymonthday or rule.byday):
        return ([each] for each in range(day, last + 1, step))
    return _limited(rule, day, last)


def _limited(rule: Rule, day: int, last: int) -> Iterator[list[int]]:
    """Every so many days, of which BYMONTH, BYMONTHDAY and BYDAY leave some out."""
    names, step = {item.weekday for item in rule.byday}, rule.interval
    while day <= last:
        month = month_of(day)
        opening, length = month_span(month)
        end = opening + length
        if not rule.bymonth or month % 12 + 1 in rule.bymonth:
            wanted = _month_numbers(opening, length, rule.bymonthday, "OMIT") if rule.bymonthday else None
            for each in range(day, min(end, last + 1), step):
                if (not names or weekday(each) in names) and (wanted is None or each in wanted):
                    yield [each]
        day += max(1, (end - day + step - 1) // step) * step


def _weekly(rule: Rule, start: int, first: int, last: int) -> Iterator[list[int]]:
    opening, step = start - (weekday(start) - rule.wkst) % 7, 7 * rule.interval
    names = {item.weekday for item in rule.byday} or {weekday(start)}
    offsets = sorted((name - rule.wkst) % 7 for name in names)
    weeks = range(opening + (first - opening) // step * step, last + 1, step)
    if rule.bymonth:
        days = ([week + offset for offset in offsets if week + offset <= LAST_DAY] for week in weeks)
        return ([day for day in found if month_of(day) % 12 + 1 in rule.bymonth] for found in days)
    if len(offsets) == 1:
        return ([day] for day in range(weeks.start + offsets[0], last + 1, step))
    return ([week + offset for offset in offsets] for week in weeks)


def _monthly(rule: Rule, start: int, first: int, last: int) -> Iterator[list[int]]:
    begin, step = month_of(start), rule.interval
    margin = 0 if rule.skip == "OMIT" else 1  # months that SKIP can move a day by
    nearest = begin + max(0, month_of(first) - margin - begin + step - 1) // step * step
    numbers = rule.bymonthday or (() if rule.byday else (date.fromordinal(start).day,))
    for month in range(nearest, min(month_of(last) + margin, _LAST_MONTH) + 1, step):
        if rule.bymonth and month % 12 + 1 not in rule.bymonth:
            continue
        opening, length = month_span(month)
        if not numbers:
            yield sorted(weekdays_in(opening, length, rule.byday))
            continue
        found = _month_numbers(opening, length, numbers, rule.skip)
        yield sorted(found & _named_near(month, margin, rule.byday) if rule.byday else found)


def _yearly(rule: Rule, start: int, first: int, last: int) -> Iterator[list[int]]:
    begin, step = date.fromordinal(start), rule.interval
    nearest = begin.year + max(0, date.fromordinal(first).year - 1 - begin.year + step - 1) // step * step
    for year in range(nearest, min(MAXYEAR, date.fromordinal(last).year + 1) + 1, step):
        yield sorted(_year_days(rule, year, begin))


def _year_days(rule: Rule, year: int, begin: date) -> set[int]:
    months = [year * 12 + number - 1 for number in rule.bymonth or (begin.month,)]
    if rule.byyearday:
        found = _within(rule, _year_numbers(year, rule.byyearday, rule.skip))
        return found & _named(rule, year, months) if rule.byday else found
    if rule.byday and not rule.bymonthday:
        return _named(rule, year, months)
    numbers = rule.bymonthday or (begin.day,)
    found = {day for month in months for day in _month_numbers(*month_span(month), numbers, rule.skip)}
    return found & _named(rule, year, months) if rule.byday else found


def _named(rule: Rule, year: int, months: list[int]) -> set[int]:
    """What BYDAY means in a year: counted within the months of BYMONTH where there is one (RFC 5545, note 2)."""
    margin = 1 if rule.skip != "OMIT" and (rule.bymonthday or rule.byyearday) else 0
    if not rule.bymonth:
        years = range(max(year - margin, 1), min(year + margin, MAXYEAR) + 1)
        return {day for near in years for day in weekdays_in(*year_span(near), rule.byday)}
    return {day for month in months for day in _named_near(month, margin, rule.byday)}


def _named_near(month: int, margin: int, byday: Iterable[Weekday]) -> set[int]:
    """What BYDAY means in a month, and in those beside it that SKIP moves days to: it is applied after that.

    RFC 7529, section 4.1.
    """
    months = range(max(month - margin, _FIRST_MONTH), min(month + margin, _LAST_MONTH) + 1)
    return {day for near in months for day in weekdays_in(*month_span(near), byday)}


def _week_yearly(rule: Rule, start: int, first: int, last: int) -> Iterator[list[int]]:
    begin, step = _week_year(start, rule.wkst), rule.interval
    names = {item.weekday for item in rule.byday}
    if not names and not rule.bymonthday and not rule.byyearday:
        names = {weekday(start)}
    nearest = begin + max(0, date.fromordinal(first).year - 1 - begin + step - 1) // step * step
    for year in range(nearest, min(MAXYEAR - 1, date.fromordinal(last).year + 1) + 1, step):
        opening = _first_week(year, rule.wkst)
        weeks = (_first_week(year + 1, rule.wkst) - opening) // 7
        numbers = {number if number > 0 else weeks + number + 1 for number in rule.byweekno}
        offsets = range(7) if not names else sorted((name - rule.wkst) % 7 for name in names)
        found = {opening + 7 * (number - 1) + offset for number in numbers if 0 < number <= weeks for offset in offsets}
        if rule.byyearday:
            near = range(max(year - 1, 1), year + 2)  # its weeks reach into both
            found &= {day for each in near for day in _year_numbers(each, rule.byyearday, "OMIT")}
        yield sorted(_within(rule, found))


def _first_week(year: int, wkst: int) -> int:
    """The first day of week 1: the first week with at least four days in the year."""
    fourth = date(year, 1, 4).toordinal()
    return fourth - (weekday(fourth) - wkst) % 7


def _week_year(day: int, wkst: int) -> int:
    year = date.fromordinal(day).year
    if day < _first_week(year, wkst):
        return year - 1
    return year + 1 if year < MAXYEAR and day >= _first_week(year + 1, wkst) else year


def _within(rule: Rule, days: set[int]) -> set[int]:
    """Of some days those that BYMONTH and BYMONTHDAY leave: beside BYWEEKNO, or beside BYYEARDAY."""
    if not (days and (rule.bymonth or rule.bymonthday)):
        return days
    left: set[int] = set()
    numbers = rule.bymonthday or range(1, 32)
    for month in range(month_of(min(*days, LAST_DAY)), month_of(min(max(days), LAST_DAY)) + 1):
        if not rule.bymonth or month % 12 + 1 in rule.bymonth:
            left |= _month_numbers(*month_span(month), numbers, "OMIT")
    return days & left


def _month_numbers(opening: int, length: int, numbers: Iterable[int], skip: Skip) -> set[int]:
    return set(_numbered(opening, length, numbers, skip))


def _year_numbers(year: int, numbers: tuple[int, ...], skip: Skip) -> set[int]:
    return set(_numbered(*year_span(year), numbers, skip))


def _numbered(opening: int, length: int, numbers: Iterable[int], skip: Skip) -> Iterator[int]:
    """Days by number, from the end where negative; what the span lacks goes as SKIP says (RFC 7529, section 4.1)."""
    for number in numbers:
        offset = number - 1 if number > 0 else length + number
        if 0 <= offset < length:
            yield opening + offset
        elif skip == "BACKWARD":
            yield opening - 1 if offset < 0 else opening + length - 1
        elif skip == "FORWARD":
            yield opening if offset < 0 else opening + length
