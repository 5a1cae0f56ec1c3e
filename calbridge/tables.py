"""Tables for people: as wide as the terminal, and never cut where there is none."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

_WIDE = 10_000
"""Columns of a table that goes to a file or a pipe: room URLs must survive whole."""


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that is never cut: without a terminal, as wide as it needs to be."""
    table = Table(*heads, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False, markup=False)
    for column in table.columns:
        column.no_wrap = not console.is_terminal
        column.overflow = "fold"
    console.print(table)
