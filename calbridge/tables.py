"""Tables for people. No line is ever cut or broken, on a narrow terminal neither: a room's URL stays in one piece."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table without its empty columns."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    columns = [column for column in zip(heads, *rows, strict=True) if any(column[1:])]
    widths = [max(map(cell_len, column)) for column in columns]
    for number, row in enumerate(zip(*columns, strict=True)):
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True))
        console.print("  ".join(padded).rstrip(), style="bold" if number == 0 else None)
