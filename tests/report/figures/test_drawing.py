import struct
import xml.etree.ElementTree

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from affdyn_jax.report.figures.drawing import draw, style

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"


def draw_line(mark=""):
    with style():
        figure = Figure(figsize=(2, 1), layout="constrained")
        figure.subplots().plot([0, 1], [0, 1])
        return draw(figure, "line", "caption", "alternative", mark)


def test_svg_needs_nothing_from_elsewhere(document):
    for picture in document.pictures:
        root = xml.etree.ElementTree.fromstring(picture.svg)
        assert root.tag == f"{SVG}svg"
        assert not list(root.iter(f"{SVG}text"))  # outlines, which need no font
        links = [e.get(LINK) for e in root.iter() if e.get(LINK)]
        assert links
        assert all(link.startswith(("#", "data:")) for link in links)


def test_a_dollar_is_a_dollar():
    """Not the beginning of Matplotlib's mathematics, which these would be a mistake in."""
    with style():
        figure = Figure(figsize=(2, 1), layout="constrained")
        axes = figure.subplots()
        axes.set_title("$^$")
        axes.plot([0, 1], [0, 1e-9], label=r"$\no$")
        figure.legend()
        assert draw(figure, "line", "", "", "$^$").png


def test_png_has_pixels(document):
    for picture in document.pictures:
        assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", picture.png[16:24])
        assert width / height == pytest.approx(picture.width / picture.height, rel=0.01)
        assert width > 800


def test_sizes_are_in_css_pixels():
    picture = draw_line()
    assert (picture.width, picture.height) == (192, 96)


def test_mark_stands_in_the_figure():
    marked, plain = draw_line("STAND-IN DATA"), draw_line()
    assert b"<!-- STAND-IN DATA -->" in marked.svg  # what the outlines below it say
    assert b"STAND-IN" not in plain.svg
    assert marked.png != plain.png


def test_every_figure_of_standin_data_is_marked(standin_document):
    assert len(standin_document.pictures) == 3
    for picture in standin_document.pictures:
        assert b"<!-- STAND-IN DATA -->" in picture.svg
    for chart in standin_document.charts:
        assert ">STAND-IN DATA</text>" in chart.svg


def test_the_same_figure_gives_the_same_file():
    assert draw_line() == draw_line()


def test_style_stays_within():
    before = dict(mpl.rcParams)
    draw_line()
    assert dict(mpl.rcParams) == before


def test_a_users_own_style_changes_nothing():
    plain = draw_line()
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30}):
        assert draw_line() == plain
