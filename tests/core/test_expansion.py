"""Expansion at its edges, where no library's vectors are: SKIP beside BYDAY, and the end of the calendar."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

import pytest

from calbridge.core.days import DAY, LAST_DAY
from calbridge.core.expansion import walls
from calbridge.core.rrule import Rule, parse


def _days(text: str, start: str, first: str) -> Iterator[str]:
    """The days of a rule from `first` on, to the end of the calendar."""
    rule = parse(text)
    assert isinstance(rule, Rule)
    begin, since = (date.fromisoformat(each).toordinal() * DAY for each in (start, first))
    return (date.fromordinal(wall // DAY).isoformat() for wall in walls(rule, begin, since, LAST_DAY * DAY))


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=MO;SKIP=FORWARD", ["2026-08-31", "2027-03-01", "2027-05-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-31;BYDAY=SA;SKIP=BACKWARD", ["2026-01-31", "2026-08-01", "2026-10-31"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYDAY=SU;SKIP=FORWARD", ["2026-03-01", "2037-03-01", "2043-03-01"]),
        ("FREQ=YEARLY;BYYEARDAY=366;BYDAY=FR;SKIP=FORWARD", ["2027-01-01", "2032-12-31", "2038-01-01"]),
    ],
)
def test_skip_moves_a_day_before_its_weekday_is_looked_at(rule: str, days: list[str]) -> None:
    """RFC 7529, section 4.1: SKIP comes after BYMONTHDAY and before BYDAY."""
    assert list(islice(_days(f"RSCALE=GREGORIAN;{rule}", "2026-01-01", "2026-01-01"), 3)) == days


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;BYMONTH=1,12",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=FR,SA;SKIP=FORWARD",
        "RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1;SKIP=FORWARD",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD",
    ],
)
def test_the_last_week_of_the_calendar_is_walked(rule: str) -> None:
    assert all("9999-11-01" <= day < "9999-12-30" for day in _days(rule, "2026-01-31", "9999-11-01"))
