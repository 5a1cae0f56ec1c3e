"""Day arithmetic on ordinals: a day is an int (`date.toordinal()`), a time of day its seconds, both together a wall.

A wall (`day * DAY + second`) is what a clock on the wall of some zone shows. Rules are expanded in walls, because
RFC 5545 recurs in local time and ints are some thirty times cheaper than aware datetimes.
"""

from collections.abc import Iterable
from datetime import MAXYEAR, date
from functools import lru_cache
from typing import NamedTuple

DAY = 86_400
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FIRST_DAY = 3  # days at either end of Python's calendar are left out: no zone's offset can then overflow it
LAST_DAY = date(MAXYEAR, 12, 29).toordinal()
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Weekday(NamedTuple):
    """One item of BYDAY: `weekday` 0 is Monday; `ordinal` 2 the second, -1 the last, 0 each of them."""

    ordinal: int
    weekday: int

    def __str__(self) -> str:
        return f"{self.ordinal or ''}{WEEKDAYS[self.weekday]}"


def weekday(day: int) -> int:
    """0 is Monday."""
    return (day + 6) % 7


def month_of(day: int) -> int:
    """Months since year 0: `year * 12 + month - 1`."""
    at = date.fromordinal(day)
    return at.year * 12 + at.month - 1


@lru_cache(maxsize=1024)  # 85 years
def month_span(month: int) -> tuple[int, int]:
    """The first day of a month (as in `month_of`), and how many it has."""
    year, index = divmod(month, 12)
    length = 29 if index == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else _LENGTHS[index]
    return date(year, index + 1, 1).toordinal(), length


def year_span(year: int) -> tuple[int, int]:
    """The first day of a year, and how many it has."""
    first = date(year, 1, 1).toordinal()
    return first, 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365


def weekdays_in(first: int, length: int, byday: Iterable[Weekday]) -> set[int]:
    """The days that BYDAY means in a month or year of `length` days (RFC 5545, section 3.3.10)."""
    end = first + length
    found: set[int] = set()
    for ordinal, name in byday:
        earliest = first + (name - weekday(first)) % 7
        if ordinal == 0:
            found.update(range(earliest, end, 7))
            continue
        latest = end - 1 - (weekday(end - 1) - name) % 7
        day = earliest + 7 * (ordinal - 1) if ordinal > 0 else latest + 7 * (ordinal + 1)
        if first <= day < end:
            found.add(day)
    return found
