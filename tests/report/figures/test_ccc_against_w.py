import dataclasses
import itertools
import math
import re

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
    curve = ccc_against_w(
        lanes_with([(16, 0, 0.4), (32, 0, 0.6), (16, 1, 0.6), (32, 1, 0.8)]), "dev", AROUSAL
    )
    # Seeds have .5 and .7: deviation .1414, over the root of 2, times Student's t 12.706.
    assert curve.loc[0.5, "mean"] == pytest.approx(0.6)
    assert curve.loc[0.5, "half"] == pytest.approx(0.1 * 12.7062, rel=1e-4)


def test_diverged_lanes_are_left_out():
    curve = ccc_against_w(lanes_with([(16, 0, 0.4), (32, 0, math.nan)]), "dev", AROUSAL)
    assert curve.loc[0.5, "mean"] == pytest.approx(0.4)
    assert math.isnan(curve.loc[0.5, "half"])


@pytest.mark.parametrize(("target", "trained"), [(STATE, [0.0]), (DYNAMICS, [1.0])])
def test_tasks_without_a_loss_of_their_own_are_left_out(target, trained):
    scores = [(16, 0, 0.4), (16, 1, 0.4)]
    lanes = pd.concat([lanes_with(scores, target, w) for w in (0.0, 1.0)])
    assert list(ccc_against_w(lanes, "dev", Task("arousal", target)).index) == trained


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


def test_wide_intervals_leave_the_scale_to_the_means(run):
    """Over two seeds an interval may be wider than the range of CCC itself."""
    scores = run.lanes["seed"].map({0: 0.2, 1: 0.6})
    lanes = run.lanes.assign(dev_ccc=scores, test_ccc=scores)[run.lanes["seed"] < 2]
    with style():
        svg = sweep_figure(dataclasses.replace(run, lanes=lanes), "mono-dimensional", "").svg
    ticks = [float(tick) for tick in re.findall(r"<!-- ([\d.]+) -->", svg.decode())]
    assert 0.4 in ticks  # their mean
    assert max(ticks) == 1  # of w


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
