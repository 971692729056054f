"""Style, colours, the panels' frame and the files' formats, shared by all figures."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.figure import Figure

from affdyn_jax.report.document.blocks import Picture

# Of Okabe and Ito's palette, which colour-blind readers can tell apart; black is the gold
# standard's, blue and vermilion are the models'.
BLACK, BLUE, VERMILION = "#000000", "#0072B2", "#D55E00"
GREEN, PURPLE, GREY = "#009E73", "#CC79A7", "#8c8c8c"

WIDTH = 4.2  # inches: fits a telephone's screen; two figures fit a printed page
_CSS_PIXELS = 96  # an inch
_PNG_PIXELS = 200  # an inch

_STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#595959",
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": "#595959",
    "ytick.color": "#595959",
    "xtick.labelcolor": "#1a1a1a",
    "ytick.labelcolor": "#1a1a1a",
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.2,
    "text.parse_math": False,  # a corpus may have a $ in its names
    "svg.fonttype": "path",  # a page that holds the figure needs no font
    "svg.hashsalt": "affdyn_jax",  # the same figure gives the same file
}


@contextmanager
def style() -> Iterator[None]:
    """The style of the report's figures, which are made and drawn within the block."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def draw(figure: Figure, name: str, caption: str, alternative: str, mark: str) -> Picture:
    """A finished figure as SVG and PNG.

    Args:
        figure: With its panels, laid out by `layout="constrained"`.
        name: Of its files.
        caption: See `blocks.Picture`.
        alternative: See `blocks.Picture`.
        mark: Stands above the panels, so that the figure keeps it; empty for none.
    """
    if mark:
        figure.suptitle(
            mark,
            x=0.015,
            ha="left",
            fontsize=9,
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.25", "facecolor": "#fff3cd", "edgecolor": "#b58100"},
        )
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None})
    figure.set_layout_engine("none")  # the panels have their places, which take long to find
    figure.savefig(png, format="png", dpi=_PNG_PIXELS)
    width, height = (round(inches * _CSS_PIXELS) for inches in figure.get_size_inches())
    return Picture(
        name, caption, alternative, _shortened(svg.getvalue()), png.getvalue(), width, height
    )


def _shortened(svg: bytes) -> bytes:
    """The SVG with paths to a hundredth of a point; Matplotlib writes six decimals."""
    return re.sub(rb' d="[^"]*"', lambda path: re.sub(rb"(\.\d\d)\d+", rb"\1", path[0]), svg)
