"""A report's table on a terminal."""

import rich.box
import rich.table
from rich.text import Text

from affdyn_jax.report.document.blocks import Strong, Table, spans


def terminal_table(table: Table) -> rich.table.Table:
    """The table without its caption; a line parts rows whose first names differ."""
    shown = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    for heading in table.corner:
        shown.add_column(heading)
    for column in table.columns:
        shown.add_column("\n".join(column), justify="right")
    names_of_rows = [names for names, _ in table.rows]
    for (names, cells), counts in zip(table.rows, spans(names_of_rows), strict=True):
        if counts[0] and shown.row_count:
            shown.add_section()
        told = [name if count else "" for name, count in zip(names, counts, strict=True)]
        shown.add_row(*map(Text, told), *map(_cell, cells))
    return shown


def _cell(cell: str) -> Text:
    return Text(cell, "bold" if isinstance(cell, Strong) else "")
