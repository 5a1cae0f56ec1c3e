"""Tables for people: as wide as the terminal, and never cut where there is none."""

import sys
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table. On a terminal the last column, a URL, is broken last; elsewhere no line is ever cut or broken."""
    if not sys.stdout.isatty():
        _print_whole((heads, *rows))
        return
    table = Table(*heads, box=None, pad_edge=False, header_style="bold")
    for column in table.columns:
        column.overflow = "fold"
    table.columns[-1].no_wrap = True
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def _print_whole(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
        print("  ".join(padded).rstrip())  # noqa: T201  the commands' output; rich would break and pad the lines
