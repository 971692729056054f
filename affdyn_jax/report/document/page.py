"""A report as one self-contained page, `report.html`: no network, no script."""

import base64
import itertools
import re
from collections.abc import Sequence
from html import escape
from importlib import resources

from affdyn_jax.report.document.blocks import (
    Block,
    Chart,
    Document,
    Facts,
    Folded,
    Gallery,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
    Warnings,
    spans,
)


def page(document: Document) -> str:
    """The document as HTML with its style and figures inside."""
    style = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    links = "\n".join(
        f'<li><a href="#{_anchor(section)}">{escape(section.heading)}</a></li>'
        for section in document.sections
    )
    sections = "\n".join(_section(document, section) for section in document.sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{escape(document.marked(document.title))}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{_mark(document)}{escape(document.title)}</h1>
<nav aria-label="Sections">
<ul>
{links}
</ul>
</nav>
{sections}
</main>
</body>
</html>
"""


def _anchor(section: Section) -> str:
    return re.sub(r"\W+", "-", section.heading.lower())


def _mark(document: Document) -> str:
    return f'<strong class="mark">{escape(document.mark)}</strong> ' if document.mark else ""


def _section(document: Document, section: Section) -> str:
    return f"""<section id="{_anchor(section)}">
<h2>{escape(section.heading)}</h2>
{_blocks(document, section.blocks)}
</section>"""


def _blocks(document: Document, blocks: Sequence[Block]) -> str:
    """The blocks; consecutive pictures stand side by side where there is room."""
    parts = []
    for are_pictures, group in itertools.groupby(blocks, lambda b: isinstance(b, Picture)):
        if are_pictures:
            pictures = "\n".join(_picture(document, picture) for picture in group)
            parts.append(f'<div class="pictures">\n{pictures}\n</div>')
        else:
            parts += [_block(document, block) for block in group]
    return "\n".join(parts)


def _block(document: Document, block: Block) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Facts(items):
            listed = "\n".join(
                f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in items
            )
            return f"<dl>\n{listed}\n</dl>"
        case Warnings(items):
            listed = "\n".join(f"<li>{escape(item)}</li>" for item in items)
            return f'<ul class="warnings">\n{listed}\n</ul>'
        case Table():
            return _table(block)
        case Gallery():
            return _gallery(document, block)
        case Folded(summary, blocks):
            return f"""<details>
<summary>{escape(summary)}</summary>
{_blocks(document, blocks)}
</details>"""


def _table(table: Table) -> str:
    """The table in a box of its own, which scrolls sideways on a narrow screen."""
    rows = "\n".join(
        f"<tr>{_row_names(names, counts)}{''.join(_cell(cell) for cell in cells)}</tr>"
        for (names, cells), counts in zip(
            table.rows, spans([names for names, _ in table.rows]), strict=True
        )
    )
    return f"""<figure>
<figcaption>{escape(table.caption)}</figcaption>
<div class="wide" tabindex="0">
<table>
<thead>
{_head(table)}
</thead>
<tbody>
{rows}
</tbody>
</table>
</div>
</figure>"""


def _head(table: Table) -> str:
    levels = len(table.columns[0])
    counts = spans(table.columns)
    lines = []
    for level in range(levels):
        fields = []
        if level == 0:
            fields += [
                f'<th scope="col" class="name" rowspan="{levels}">{escape(heading)}</th>'
                if heading
                else f'<td rowspan="{levels}"></td>'
                for heading in table.corner
            ]
        fields += [
            f'<th scope="colgroup" colspan="{count[level]}">{escape(column[level])}</th>'
            if level < levels - 1
            else f'<th scope="col">{escape(column[level])}</th>'
            for column, count in zip(table.columns, counts, strict=True)
            if count[level]
        ]
        lines.append(f"<tr>{''.join(fields)}</tr>")
    return "\n".join(lines)


def _row_names(names: tuple[str, ...], counts: list[int]) -> str:
    return "".join(
        f'<th scope="{"row" if count == 1 else "rowgroup"}" rowspan="{count}">{escape(name)}</th>'
        for name, count in zip(names, counts, strict=True)
        if count
    )


def _cell(cell: str) -> str:
    text = escape(cell)
    return f"<td><strong>{text}</strong></td>" if isinstance(cell, Strong) else f"<td>{text}</td>"


def _picture(document: Document, picture: Picture) -> str:
    source = base64.b64encode(picture.svg).decode("ascii")
    return f"""<figure>
<img src="data:image/svg+xml;base64,{source}" alt="{_alternative(document, picture)}" \
width="{picture.width}" height="{picture.height}">
<figcaption>{escape(picture.caption)}</figcaption>
</figure>"""


def _gallery(document: Document, gallery: Gallery) -> str:
    """Small charts, each of which grows to the page's width when opened."""
    charts = "\n".join(_chart(document, chart) for chart in gallery.charts)
    hear = " and to find its sound" if any(chart.audio for chart in gallery.charts) else ""
    return f"""<figure>
<figcaption>{escape(gallery.caption)}
<span class="hint">Select a recording to enlarge it{hear}.</span></figcaption>
<div class="gallery">
{charts}
</div>
</figure>"""


def _chart(document: Document, chart: Chart) -> str:
    labelled = f'<svg role="img" aria-label="{_alternative(document, chart)}"'
    listen = (
        f'<a class="listen" href="{escape(chart.audio)}" target="_blank">Listen to '
        f"{escape(chart.title)}</a>\n"
        if chart.audio
        else ""
    )
    return f"""<details>
<summary><span class="recording">{escape(chart.title)}</span>
<span class="drawing">{chart.svg.replace("<svg", labelled, 1)}</span></summary>
{listen}</details>"""


def _alternative(document: Document, drawing: Picture | Chart) -> str:
    return escape(document.marked(drawing.alternative), quote=True)
