"""A report's table on a terminal."""

import rich.box
import rich.table
from rich.text import Text

from affdyn_jax.report.document.blocks import Strong, Table, spans

# Cells up to this length, in characters, are never broken: intervals are shorter, lists are not.
_SHORT = 24


def terminal_table(table: Table) -> rich.table.Table:
    """The table without its caption; a line parts rows of one first name from others."""
    shown = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    for heading in table.corner:
        shown.add_column(Text(heading), overflow="fold", no_wrap=len(table.corner) == 1)
    for place, column in enumerate(table.columns):
        is_short = all(len(cells[place]) <= _SHORT for _, cells in table.rows)
        shown.add_column(
            Text("\n".join(column)), justify="right", overflow="fold", no_wrap=is_short
        )
    names_of_rows = [names for names, _ in table.rows]
    for (names, cells), counts in zip(table.rows, spans(names_of_rows), strict=True):
        if counts[0] and shown.row_count and len(names) > 1:
            shown.add_section()
        told = [name if count else "" for name, count in zip(names, counts, strict=True)]
        shown.add_row(*map(Text, told), *map(_cell, cells))
    return shown


def _cell(cell: str) -> Text:
    return Text(cell, "bold" if isinstance(cell, Strong) else "")
