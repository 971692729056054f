import re

import pytest
from rich.console import Console

from affdyn_jax.system.stage_line import StageLine

TITLE = "training H = 16, 330 lanes"
NOTE = "330 lanes training, best dev CCC so far 0.783"


class Clock:
    """A clock to be set."""

    is_compiling = False
    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


def shown(line, width):
    console = Console(width=width, force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(line)
    (row,) = re.sub(r"\x1b\[[\d;]*m", "", captured.get()).splitlines()
    assert len(row) <= width
    return row.rstrip()


def trained(clock, title=TITLE, epochs=12, seconds=4):
    line = StageLine(title, 250, "epochs", 0, clock)
    for _ in range(epochs):
        clock.seconds += seconds
        line.advance(NOTE)
    return line


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (200, rf"{TITLE} [━╺╸]{{30}} 12/250 epochs 15:52 left {NOTE}"),
        (106, rf"{TITLE} [━╺╸]{{8}} 12/250 epochs 15:52 left {NOTE}"),
        (105, rf"{TITLE} [━╺╸]{{30}} 12/250 epochs 15:52 left 330 lanes training"),
        (80, rf"{TITLE} [━╺╸]{{9}} 12/250 epochs 15:52 left 330 lanes training"),
        (70, rf"{TITLE} [━╺╸]{{18}} 12/250 epochs 15:52 left"),
        (59, rf"{TITLE} 12/250 epochs 15:52 left"),
        (40, r"training H = 1… 12/250 epochs 15:52 left"),
    ],
)
def test_what_does_not_fit_goes_and_count_and_time_stay(clock, width, row):
    assert re.fullmatch(row, shown(trained(clock), width)), shown(trained(clock), width)


def test_a_long_title_is_cut(clock):
    row = shown(trained(clock, title=f"STAND-IN DATA into /home/{'u' * 99}"), 80)
    assert row.startswith("STAND-IN DATA into /home/uuu")
    assert row.endswith("… 12/250 epochs 15:52 left")


def test_compiling_is_said_instead_of_the_time(clock):
    line = trained(clock)
    clock.is_compiling = True
    assert "12/250 epochs compiling" in shown(line, 80)
    assert str(line) == f"{TITLE}: 12/250 epochs, {NOTE}, compiling"


def test_the_estimate_goes_by_the_last_units_and_counts_down(clock):
    line = StageLine("features mfb", 100, "recordings", 40, clock)
    assert str(line) == "features mfb: 40/100 recordings"
    clock.seconds = 3600
    line.advance("")
    assert str(line) == "features mfb: 41/100 recordings, at most 59:00:00 left"
    for _ in range(30):
        clock.seconds += 2
        line.advance("")
    assert str(line) == "features mfb: 71/100 recordings, at most 0:58 left"
    clock.seconds += 5
    assert str(line).endswith(" 0:53 left")
    clock.seconds += 500
    assert str(line).endswith(" 0:00 left")


def test_what_has_no_units_says_how_long_it_takes(clock):
    line = StageLine("evaluation", None, "", 0, clock)
    clock.seconds = 75
    assert str(line) == "evaluation: 1:15 so far"
    assert re.fullmatch(r"evaluation [━╺╸]+ 1:15 so far", shown(line, 60))
