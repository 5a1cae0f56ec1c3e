"""Expansion at its edges, where no library's vectors are."""

from collections.abc import Iterator
from datetime import date

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
