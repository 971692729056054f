"""The parts of a report, before it is Markdown or a page."""

import dataclasses
from collections.abc import Sequence
from itertools import takewhile


class Strong(str):
    """A cell of a table, emphasised."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True)
class Paragraph:
    """Plain text."""

    text: str


@dataclasses.dataclass(frozen=True)
class Facts:
    """Names with their values, in words."""

    items: Sequence[tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Warnings:
    """Caveats that a reader has to know before believing a number."""

    items: Sequence[str]


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows under headings of one or more levels.

    Attributes:
        caption: What the table shows.
        corner: Headings of the columns that name the rows.
        columns: Headings of the other columns, each from the top level to the bottom one;
            equal headings side by side are one.
        rows: Names of each row, as many as `corner` has, and its cells; equal names of
            consecutive rows are one.
    """

    caption: str
    corner: Sequence[str]
    columns: Sequence[Sequence[str]]
    rows: Sequence[tuple[Sequence[str], Sequence[str]]]


def spans(headings: Sequence[Sequence[str]]) -> list[list[int]]:
    """How many consecutive headings share each heading's levels, down to each level.

    Args:
        headings: Each from the top level to the bottom one.

    Returns:
        For each heading and level the number of headings that one field stands for, counted
        from this one; 0 where the field has begun before.
    """
    counts = []
    for index, heading in enumerate(headings):
        counts.append([])
        for level in range(len(heading)):
            upper_levels = tuple(heading[: level + 1])
            continues = [tuple(other[: level + 1]) == upper_levels for other in headings]
            begins = index == 0 or not continues[index - 1]
            counts[-1].append(sum(takewhile(bool, continues[index:])) if begins else 0)
    return counts


@dataclasses.dataclass(frozen=True)
class Picture:
    """A figure, drawn.

    Attributes:
        name: Of its files, without the suffix.
        caption: What it shows and how to read it.
        alternative: What it shows, for those who do not see it.
        svg: The figure with fonts as outlines.
        png: The same as pixels.
        width: In CSS pixels.
        height: In CSS pixels.
    """

    name: str
    caption: str
    alternative: str
    svg: bytes = dataclasses.field(repr=False)
    png: bytes = dataclasses.field(repr=False)
    width: int
    height: int

    def _repr_svg_(self) -> str:
        """The figure, for a notebook."""
        return self.svg.decode()


@dataclasses.dataclass(frozen=True)
class Chart:
    """One of many drawings of the same kind, to be shown small and enlarged.

    Attributes:
        name: Of its file, without the suffix.
        title: Distinguishes it from the others.
        alternative: What it shows, for those who do not see it.
        svg: An SVG element, which can also stand alone.
        audio: A link to what is drawn, to be played; empty where it is not at hand.
    """

    name: str
    title: str
    alternative: str
    svg: str
    audio: str = ""


@dataclasses.dataclass(frozen=True)
class Gallery:
    """Drawings side by side, with one caption for all."""

    caption: str
    charts: Sequence[Chart]


@dataclasses.dataclass(frozen=True)
class Folded:
    """Blocks that only some readers want to see, folded under a line that names them."""

    summary: str
    blocks: Sequence[Paragraph | Facts | Table]


Block = Paragraph | Facts | Warnings | Table | Picture | Gallery | Folded


@dataclasses.dataclass(frozen=True)
class Section:
    """Blocks under a heading."""

    heading: str
    blocks: Sequence[Block]


@dataclasses.dataclass(frozen=True)
class Document:
    """A whole report.

    Attributes:
        title: Its heading.
        mark: The beginning of its title and of its pictures' alternative texts; the pictures have
            it drawn. Empty for none.
        sections: Its parts, in order.
    """

    title: str
    mark: str
    sections: Sequence[Section]

    def marked(self, text: str) -> str:
        """A title or an alternative text with the document's mark."""
        return f"{self.mark}: {text}" if self.mark else text

    @property
    def pictures(self) -> list[Picture]:
        """All figures, in order."""
        return [
            block
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Picture)
        ]

    @property
    def charts(self) -> list[Chart]:
        """The drawings of all galleries, in order."""
        return [
            chart
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Gallery)
            for chart in block.charts
        ]
