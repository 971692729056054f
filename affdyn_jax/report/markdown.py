"""A report as Markdown, `report.md`."""

import re

from affdyn_jax.report.document import (
    Document,
    Facts,
    Paragraph,
    Picture,
    Strong,
    Table,
    Warnings,
    spans,
)


def markdown(document: Document) -> str:
    """The document as text; its figures are expected in `figures/` beside it."""
    parts = [f"# {_plain(document.marked(document.title))}"]
    for section in document.sections:
        parts.append(f"## {_plain(document.marked(section.heading))}")
        for block in section.blocks:
            match block:
                case Paragraph(text):
                    parts.append(_plain(text))
                case Facts(items):
                    parts.append("\n".join(f"- **{name}:** {_plain(v)}" for name, v in items))
                case Warnings(items):
                    parts.append("\n".join(f"- **Warning:** {_plain(item)}" for item in items))
                case Table():
                    parts.append(f"*{_plain(document.marked(block.caption))}*")
                    parts.append(_table(block))
                case Picture():
                    alternative = _plain(document.marked(block.alternative))
                    parts.append(f"![{alternative}](<figures/{block.name}.svg>)")
                    parts.append(f"*{_plain(document.marked(block.caption))}*")
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    headings = [*table.corner, *(", ".join(column) for column in table.columns)]
    alignments = [":--"] * len(table.corner) + ["--:"] * len(table.columns)
    lines = [_line([_plain(heading) for heading in headings]), _line(alignments)]
    names_of_rows = [names for names, _ in table.rows]
    for (names, cells), counts in zip(table.rows, spans(names_of_rows), strict=True):
        shown = [_plain(name) if count else "" for name, count in zip(names, counts, strict=True)]
        lines.append(_line([*shown, *(_cell(cell) for cell in cells)]))
    return "\n".join(lines)


def _line(fields: list[str]) -> str:
    return f"| {' | '.join(fields)} |"


def _cell(cell: str) -> str:
    return f"**{_plain(cell)}**" if isinstance(cell, Strong) else _plain(cell)


def _plain(text: str) -> str:
    """Text in which Markdown sees no markup of its own."""
    return re.sub(r"([\\|*<>`\[\]])", r"\\\1", text)
