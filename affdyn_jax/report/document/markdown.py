"""A report as Markdown, `report.md`."""

import re
from collections.abc import Sequence

from affdyn_jax.report.document.blocks import (
    Block,
    Chart,
    Document,
    Facts,
    Folded,
    Gallery,
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
        parts.append(f"## {_plain(section.heading)}")
        parts += _blocks(document, section.blocks)
    return "\n\n".join(parts) + "\n"


def _blocks(document: Document, blocks: Sequence[Block]) -> list[str]:
    parts = []
    for block in blocks:
        match block:
            case Paragraph(text):
                parts.append(_plain(text))
            case Facts(items):
                parts.append("\n".join(f"- **{name}:** {_plain(v)}" for name, v in items))
            case Warnings(items):
                parts.append("\n".join(f"- **Warning:** {_plain(item)}" for item in items))
            case Table():
                parts += [_caption(block.caption), _table(block)]
            case Picture():
                parts += [_image(document, block), _caption(block.caption)]
            case Gallery():
                parts.append(_caption(block.caption))
                parts += [_image(document, chart) for chart in block.charts]
            case Folded():
                parts += [f"### {_plain(block.summary)}", *_blocks(document, block.blocks)]
    return parts


def _caption(caption: str) -> str:
    return f"*{_plain(caption)}*"


def _image(document: Document, drawing: Picture | Chart) -> str:
    alternative = _plain(document.marked(drawing.alternative))
    return f"![{alternative}](<figures/{drawing.name}.svg>)"


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
    """Text escaped so that Markdown finds no markup in it."""
    return re.sub(r"([\\|*<>`\[\]])", r"\\\1", text)
