"""A year of meeting days as text."""

from datetime import date

from rich.cells import cell_len

from calbridge.core.explain import Year
from calbridge.year import year_lines

YEAR = Year(
    date(2026, 2, 1),
    held=frozenset({date(2026, 2, 9), date(2026, 3, 31), date(2027, 1, 31)}),
    out=frozenset({date(2026, 2, 16)}),
)


def _lines(year: Year) -> list[str]:
    return [line.plain for line in year_lines(year)]


def test_the_first_months_show_their_meetings_by_number() -> None:
    assert _lines(YEAR)[:8] == [
        "   February 2026            March 2026             April 2026",
        "Mo Tu We Th Fr Sa Su   Mo Tu We Th Fr Sa Su   Mo Tu We Th Fr Sa Su",
        "                   .                      .          .  .  .  .  .",
        " .  .  .  .  .  .  .    .  .  .  .  .  .  .    .  .  .  .  .  .  .",
        " 9  .  .  .  .  .  .    .  .  .  .  .  .  .    .  .  .  .  .  .  .",
        " x  .  .  .  .  .  .    .  .  .  .  .  .  .    .  .  .  .  .  .  .",
        " .  .  .  .  .  .       .  .  .  .  .  .  .    .  .  .  .",
        "                        . 31",
    ]


def test_twelve_months_stand_in_rows_of_three() -> None:
    lines = _lines(YEAR)
    titles = [line.split() for line in lines if "20" in line and not line.startswith(" .")]

    assert [len(title) for title in titles] == [6, 6, 6, 6]
    assert (titles[0][0], titles[-1][-2:]) == ("February", ["January", "2027"])
    assert max(map(cell_len, lines)) == 66


def test_every_day_of_the_year_is_there_once() -> None:
    cells = [cell for line in _lines(YEAR) for cell in line.split() if cell in {".", "x", "9", "31"}]

    assert len(cells) == 365
    assert (cells.count("x"), cells.count("9"), cells.count("31")) == (1, 1, 2)


def test_what_is_bold_on_a_terminal_is_told_in_plain_text_too() -> None:
    styled = {
        line.plain[span.start : span.end]
        for line in year_lines(YEAR)
        for span in line.spans
        if "green" in str(span.style)
    }

    assert styled == {" 9", "31"}
