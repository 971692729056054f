import re
import xml.etree.ElementTree

from affdyn_jax.report.figures import learning_curves
from affdyn_jax.report.figures.drawing import style
from affdyn_jax.report.figures.learning_curves import training_figure

SVG = "{http://www.w3.org/2000/svg}"


def draw(run):
    with style():
        return training_figure(run, "")


def test_alternative_text_names_the_lanes_and_their_lengths(run):
    epochs = run.lanes["epochs"]
    assert draw(run).alternative == (
        "Line charts of train and dev loss by epoch, 36 lanes coloured by w, which stopped after "
        f"{min(epochs)} to {max(epochs)} epochs. Panels: arousal, valence, multi."
    )


def test_every_lane_has_a_line_a_best_epoch_and_an_end(run):
    svg = draw(run).svg.decode()
    lines = re.findall(r'<path d="[^"]*" clip-path[^>]*stroke-opacity: 0.7', svg)
    assert len(lines) == 2 * 36  # of train and dev
    marks = [
        len([mark for mark in group.iter() if mark.get("clip-path") and mark.tag != f"{SVG}g"])
        + len(list(group.iter(f"{SVG}use")))
        for group in xml.etree.ElementTree.fromstring(svg).iter(f"{SVG}g")
        if group.get("id", "").startswith("PathCollection")
    ]
    # Ends and best epochs of each panel's lanes.
    assert marks == [9, 9, 9, 9, 9, 9, 9, 9, 18, 18, 18, 18]


def test_the_train_loss_stands_beside_the_dev_loss(run, monkeypatch):
    drawn = []
    monkeypatch.setattr(learning_curves, "draw", lambda figure, *_: drawn.append(figure))
    training_figure(run, "")
    panels = {axes.get_title(): axes for axes in drawn[0].axes}
    of_lane = run.history[run.history["lane"] == "valence-h4-w0.5-seed1"]
    for partition in ("train", "dev"):
        lines = [line.get_ydata().tolist() for line in panels[f"valence, {partition}"].lines]
        assert of_lane[f"{partition}_loss"].to_list() in lines


def test_lanes_that_diverged_are_drawn_up_to_there(standin_run):
    assert "after 3 to" in draw(standin_run).alternative
