"""A report's table on a terminal."""

from collections.abc import Sequence

import rich.box
import rich.table
from rich.console import Console
from rich.text import Text

from affdyn_jax.report.document.blocks import Strong, Table, spans

# Cells up to this length, in characters, are never broken: intervals are shorter, lists are not.
_SHORT = 24


def print_table(console: Console, table: Table) -> None:
    """Print the table without its caption, uncut: numbers would lose their ends."""
    console.print(terminal_table(table), crop=False)


def terminal_table(table: Table) -> rich.table.Table:
    """The table without its caption; a line parts rows of one first name from others."""
    shown = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    names_of_rows = [names for names, _ in table.rows]
    for place, heading in enumerate(table.corner):
        names = [names[place] for names in names_of_rows]
        shown.add_column(Text(heading), overflow="fold", min_width=_least_width(names))
    for place, column in enumerate(table.columns):
        cells = [cells[place] for _, cells in table.rows]
        shown.add_column(
            Text("\n".join(column)), justify="right", overflow="fold", min_width=_least_width(cells)
        )
    for (names, cells), counts in zip(table.rows, spans(names_of_rows), strict=True):
        if counts[0] and shown.row_count and len(names) > 1:
            shown.add_section()
        told = [name if count else "" for name, count in zip(names, counts, strict=True)]
        shown.add_row(*map(Text, told), *map(_cell, cells))
    return shown


def _least_width(cells: Sequence[str]) -> int | None:
    """What keeps cells in one piece, unless one of them is long; headings break between words."""
    longest = max(map(len, cells), default=0)
    return longest if longest <= _SHORT else None


def _cell(cell: str) -> Text:
    return Text(cell, "bold" if isinstance(cell, Strong) else "")
