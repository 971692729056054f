import dataclasses
import itertools
import math

import pandas as pd
import pytest

from affdyn_jax.method.tasks import DYNAMICS, STATE, Task
from affdyn_jax.report.figures.ccc_against_w import ccc_against_w, sweep_figure
from affdyn_jax.report.figures.drawing import style
from affdyn_jax.workdir.files import read_run

AROUSAL = Task("arousal", STATE)


def lanes_with(scores, target=STATE, w=0.5):
    """Rows of `lanes.csv`, one for each (hidden size, seed, CCC)."""
    return pd.DataFrame(
        [
            {
                "hidden_size": hidden_size,
                "w": w,
                "seed": seed,
                "dimension": "arousal",
                "target": target,
                "dev_ccc": ccc,
                "diverged": math.isnan(ccc),
            }
            for hidden_size, seed, ccc in scores
        ]
    )


def test_hidden_sizes_are_averaged_before_the_interval_over_seeds():
    scores = [(16, 0, 0.4), (32, 0, 0.6), (16, 1, 0.6), (32, 1, 0.8), (16, 2, 0.6), (32, 2, 0.6)]
    means, dots = ccc_against_w(lanes_with(scores), "dev", AROUSAL)
    # Seeds have .5, .7 and .6: deviation .1, over the root of 3, times Student's t 4.3027.
    assert means.loc[0.5, "mean"] == pytest.approx(0.6)
    assert means.loc[0.5, "half"] == pytest.approx(0.1 / 3**0.5 * 4.3027, rel=1e-4)
    assert dots.empty


def test_diverged_lanes_are_left_out():
    means, _ = ccc_against_w(lanes_with([(16, 0, 0.4), (32, 0, math.nan)]), "dev", AROUSAL)
    assert means.loc[0.5, "mean"] == pytest.approx(0.4)
    assert math.isnan(means.loc[0.5, "half"])


@pytest.mark.parametrize(("target", "trained"), [(STATE, [0.0]), (DYNAMICS, [1.0])])
def test_tasks_without_a_loss_of_their_own_are_left_out(target, trained):
    scores = [(16, 0, 0.4), (16, 1, 0.4)]
    lanes = pd.concat([lanes_with(scores, target, w) for w in (0.0, 1.0)])
    assert list(ccc_against_w(lanes, "dev", Task("arousal", target)).means.index) == trained


def test_alternative_text_names_the_peaks(run):
    with style():
        picture = sweep_figure(run, "mono-dimensional", "")
    lanes = run.lanes[run.lanes["setup"] == "valence"]
    for target, partition in itertools.product((STATE, DYNAMICS), ("dev", "test")):
        untrained = 1 if target == STATE else 0
        rows = lanes[(lanes["target"] == target) & (lanes["w"] != untrained)]
        means = {w: rows[rows["w"] == w][f"{partition}_ccc"].mean() for w in set(rows["w"])}
        w = max(means, key=means.get)
        name = "valence" if target == STATE else "valence dynamics"
        peak = f"{means[w]:.3f}".lstrip("0")
        assert f"{name} on {partition} peaks at {peak} for w = {w}" in picture.alternative
    assert "over 3 seeds" in picture.caption


def test_two_seeds_are_dots(run):
    two = dataclasses.replace(run, pooled=run.pooled[run.pooled["seed"] < 2])
    with style():
        picture = sweep_figure(two, "mono-dimensional", "")
    assert "; dots are seeds, lines their means." in picture.caption


def test_only_labelled_partitions_are_drawn(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", test_labelled=False, seeds=(0,)))
    with style():
        picture = sweep_figure(run, "multi-dimensional", "")
    assert "on dev" in picture.alternative
    assert "on test" not in picture.alternative
    assert "single seed" in picture.caption
    assert b"<!-- test -->" not in picture.svg  # the legend


def test_a_kind_whose_lanes_all_diverged_leaves_empty_panels(write_run, tmp_path):
    diverging = [f"arousal-h4-w{w}-seed0" for w in ("0", "0.5", "1")]
    run = read_run(write_run(tmp_path / "run", seeds=(0,), diverging=diverging))
    with style():
        picture = sweep_figure(run, "mono-dimensional", "")
    assert "arousal" not in picture.alternative
    assert "valence" in picture.alternative


def test_the_caption_names_the_layers_that_are_averaged(write_run, tmp_path, quick_figures):
    run = read_run(write_run(tmp_path / "run", layers=(0, 3)))
    caption = sweep_figure(run, "multi-dimensional", "").caption
    assert "averaged over the hidden sizes, layers and seeds of the" in caption
