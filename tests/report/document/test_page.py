import base64
import re
import xml.etree.ElementTree
from html.parser import HTMLParser

import pytest

from affdyn_jax.report.document.blocks import (
    Chart,
    Document,
    Facts,
    Folded,
    Gallery,
    Paragraph,
    Section,
    Strong,
    Table,
    Warnings,
)
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.document.page import page

_WITHOUT_END = {"meta", "link", "img"}


class Outline(HTMLParser):
    """All elements of a page with their attributes and texts; refuses unbalanced tags."""

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "text": "", **dict(attributes)}
        self.elements.append(element)
        if tag not in _WITHOUT_END:
            self._open.append(element)

    def handle_endtag(self, tag):
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, *tags):
        return [element for element in self.elements if element["tag"] in tags]


@pytest.fixture(scope="module")
def outline(document):
    return Outline(page(document))


def test_nothing_is_fetched_from_elsewhere(document, outline):
    for element in outline.elements:
        for attribute in ("src", "href", "srcset", "data", "action", "background", "poster"):
            assert element.get(attribute, "#").startswith(("data:", "#"))
    assert not outline.all("script", "iframe", "object", "embed", "base")
    (style,) = outline.all("style")
    assert "@import" not in style["text"]
    assert "url(" not in style["text"]


def test_figures_are_inside_with_size_and_alternative(document, outline):
    images = outline.all("img")
    assert len(images) == len(document.pictures)
    for image, picture in zip(images, document.pictures, strict=True):
        media_type, _, content = image["src"].partition(";base64,")
        assert media_type == "data:image/svg+xml"
        assert base64.b64decode(content) == picture.svg
        root = xml.etree.ElementTree.fromstring(picture.svg)
        ratio = float(root.get("width")[:-2]) / float(root.get("height")[:-2])  # both in pt
        assert int(image["width"]) / int(image["height"]) == pytest.approx(ratio, rel=0.01)
        assert len(image["alt"]) > 40


def test_every_recording_has_a_drawing_that_can_be_enlarged(document, outline):
    drawings = outline.all("svg")
    assert len(drawings) == len(document.charts) == 6
    assert len(outline.all("summary")) == 6 + 1  # and the config
    for drawing, chart in zip(drawings, document.charts, strict=True):
        assert drawing["role"] == "img"
        assert drawing["aria-label"] == chart.alternative
        assert chart.title in chart.alternative


def test_every_section_is_linked(document, outline):
    sections = [section["id"] for section in outline.all("section")]
    assert len(set(sections)) == len(document.sections)
    assert [link["href"] for link in outline.all("a")] == [f"#{name}" for name in sections]


def test_page_describes_itself_to_readers_who_do_not_see_it(outline):
    (html,) = outline.all("html")
    assert html["lang"] == "en"
    viewport = [meta["content"] for meta in outline.all("meta") if meta.get("name") == "viewport"]
    assert viewport == ["width=device-width, initial-scale=1"]
    assert len(outline.all("h1")) == 1
    assert len(outline.all("figcaption")) == len(outline.all("figure"))
    for heading in outline.all("th"):
        assert heading["scope"] in ("row", "rowgroup", "col", "colgroup")


def test_table_of_two_levels():
    table = Table(
        "Caption",
        corner=("Task",),
        columns=[("Best w", "dev"), ("Best w", "test"), ("w = 0", "test")],
        rows=[(("arousal",), [".5", Strong(".6"), "–"])],
    )
    text = page(Document("Title", "", [Section("Scores", [table])]))
    outline = Outline(text)
    assert [
        (cell["text"], cell.get("rowspan"), cell.get("colspan")) for cell in outline.all("th")
    ] == [
        ("Task", "2", None),
        ("Best w", None, "2"),
        ("w = 0", None, "1"),
        ("dev", None, None),
        ("test", None, None),
        ("test", None, None),
        ("arousal", "1", None),
    ]
    assert "<td>.5</td><td><strong>.6</strong></td><td>–</td>" in text


def test_cells_of_every_table_fill_a_rectangle(standin_document):
    tables = []
    for element in Outline(page(standin_document)).elements:
        if element["tag"] == "table":
            tables.append(set())
            row = -1
        elif element["tag"] == "tr":
            row += 1
        elif element["tag"] in ("th", "td"):
            column = next(c for c in range(99) if (row, c) not in tables[-1])
            for r in range(row, row + int(element.get("rowspan") or 1)):
                for c in range(column, column + int(element.get("colspan") or 1)):
                    assert (r, c) not in tables[-1]
                    tables[-1].add((r, c))
    assert len(tables) == 7
    for table in tables:
        height, width = (1 + max(places) for places in zip(*table, strict=True))
        assert len(table) == height * width


def test_names_cannot_break_the_markup():
    blocks = [
        Paragraph("<b>&"),
        Warnings(["<i>"]),
        Facts([("<u>", "<s>")]),
        Folded("<small>", [Paragraph("<q>")]),
        Gallery("<dfn>", [Chart("name", "<em>", '"<kbd>', "<svg></svg>")]),
    ]
    text = page(Document('<title>"', "<mark>", [Section("<h>", blocks)]))
    for tag in ("b", "i", "u", "s", "small", "q", "dfn", "em", "kbd", "mark", "h"):
        assert f"<{tag}>" not in text
    Outline(text)


def test_standin_data_is_marked_once_on_top_in_the_title_and_in_each_picture(standin_document):
    outline = Outline(page(standin_document))
    for element in outline.all("title", "h1"):
        assert element["text"].startswith("STAND-IN DATA")
    for image in outline.all("img", "svg"):
        assert (image.get("alt") or image["aria-label"]).startswith("STAND-IN DATA")
    for element in outline.all("h2", "figcaption", "p", "li", "table"):
        assert "STAND-IN" not in element["text"]
    (warnings,) = [element for element in outline.all("ul") if element.get("class") == "warnings"]
    assert warnings["text"].strip().startswith("Audio and annotations were generated")


def test_a_recording_s_audio_is_linked_and_never_inside():
    gallery = Gallery(
        "caption",
        [Chart("a", "anna", "", "<svg></svg>", '../"a".wav'), Chart("b", "ben", "", "<svg></svg>")],
    )
    text = page(Document("title", "", [Section("heading", [gallery])]))
    (link,) = [link for link in Outline(text).all("a") if not link["href"].startswith("#")]
    assert link["href"] == '../"a".wav' and link["text"] == "Listen to anna"
    assert "and to find its sound" in text
    assert not Outline(text).all("audio", "source", "embed")
    silent = page(Document("title", "", [Section("heading", [Gallery("", gallery.charts[1:])])]))
    assert "Listen" not in silent and "sound" not in silent


def test_real_data_is_not_marked(document):
    assert "STAND-IN" not in page(document)


def test_page_and_markdown_hold_the_same_cells(document, outline):
    cells = [cell["text"] for cell in outline.all("td") if "rowspan" not in cell]
    rows = [line for line in markdown(document).splitlines() if re.match(r"\| (?!:)", line)]
    flat = " ".join(rows).replace("**", "").replace("\\", "")
    assert len(cells) > 50
    for cell in cells:
        assert f"| {cell} |" in flat
