"""Figure 2 from what Table 1 left."""

import itertools
import re

import pandas as pd
import pytest

from affdyn_jax.errors import RunError
from experiments.paper.figure2 import figure2
from experiments.paper.grid_results import read_cells

RUNS = {
    "RECOLA (FR) stand-in": ["recola/w2v2_base", "recola/w2v2_large"],
    "SEWA DE stand-in": ["sewa_de/w2v2"],
    "SEWA HU stand-in": ["sewa_hu/w2v2"],
}


@pytest.fixture(scope="module")
def picture(finished_grid):
    return figure2(finished_grid)


def test_three_formats_lie_beside_the_table(picture, finished_grid):
    heads = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
    for suffix, head in heads.items():
        assert (finished_grid / f"figure2.{suffix}").read_bytes().startswith(head)


def test_curves_peak_where_the_means_of_the_lanes_do(picture, finished_grid):
    for corpus, runs in RUNS.items():
        lanes = pd.concat([pd.read_csv(finished_grid / run / "lanes.csv") for run in runs])
        lanes = lanes[(lanes["setup"] == "multi") & (lanes["target"] == "state") & (lanes["w"] < 1)]
        for dimension, partition in itertools.product(("arousal", "valence"), ("dev", "test")):
            rows = lanes[lanes["dimension"] == dimension]
            means = {w: rows[rows["w"] == w][f"{partition}_ccc"].mean() for w in set(rows["w"])}
            assert set(means) == {0.0, 0.5}  # not 1, as in the paper
            w = max(means, key=means.get)
            peak = f"{round(means[w], 3) + 0.0:.3f}".replace("0.", ".", 1)
            said = f"{dimension} of {corpus} on {partition} peaks at {peak} for w = {w}"
            assert said in picture.alternative


def test_it_says_what_it_shows(picture):
    assert "of RECOLA (FR) stand-in also over its models of wav2vec 2.0" in picture.caption
    assert "a single seed leaves no confidence interval" in picture.caption
    texts = set(re.findall(r"<!-- (.*?) -->", picture.svg.decode()))
    assert {"STAND-IN DATA", *RUNS, "CCC, arousal", "CCC, valence", "dev", "test"} <= texts


def test_without_w2v2_there_is_no_figure_2(finished_grid, tmp_path):
    cells = read_cells(finished_grid)
    cells[cells["features"] != "W2V2"].to_csv(tmp_path / "table1.csv", index=False)
    with pytest.raises(RunError, match="has no multi-dimensional models of W2V2"):
        figure2(tmp_path)
