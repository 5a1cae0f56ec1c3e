"""A year of meeting days as text: twelve months, three in a row; only days with a meeting show their number."""

from calendar import Calendar
from collections.abc import Iterator
from datetime import date
from itertools import zip_longest

from rich.text import Text

from calbridge.core.explain import Year

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEK = "Mo Tu We Th Fr Sa Su"
_ACROSS = 3
_GAP = "   "

LEGEND = "a number: a meeting; x: taken out or moved; a dot: none"


def year_lines(year: Year) -> Iterator[Text]:
    """The lines, 66 columns wide at most; readable in plain text, with styles for a terminal."""
    months = [_month(year, year.first.year * 12 + year.first.month - 1 + number) for number in range(12)]
    for begin in range(0, 12, _ACROSS):
        row = months[begin : begin + _ACROSS]
        for cells in zip_longest(*row, fillvalue=Text(" " * len(_WEEK))):
            line = Text(_GAP).join(cells)
            line.rstrip()
            yield line
        if begin + _ACROSS < 12:
            yield Text()


def _month(year: Year, number: int) -> list[Text]:
    """A title, the names of the days, and four to six weeks from Monday on."""
    at, month = divmod(number, 12)
    weeks = Calendar().monthdatescalendar(at, month + 1)
    title = Text(f"{_MONTHS[month]} {at}".center(len(_WEEK)), style="bold")
    return [title, Text(_WEEK, style="dim"), *(_week(year, month + 1, week) for week in weeks)]


def _week(year: Year, month: int, week: list[date]) -> Text:
    return Text(" ").join(_day(year, day) if day.month == month else Text("  ") for day in week)


def _day(year: Year, day: date) -> Text:
    if day in year.held:
        return Text(f"{day.day:2}", style="bold green")
    return Text(" x", style="red") if day in year.out else Text(" .", style="dim")
