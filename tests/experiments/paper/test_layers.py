"""The layers of a run of made-up scores."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.workdir.files import read_run
from experiments.paper.layers import layers
from experiments.paper.layers_scores import scores_of_layers

NUMBERS = (0, 3, 11)


@pytest.fixture(scope="module")
def folder(write_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers") / "run"
    write_run(folder, layers=NUMBERS, is_standin=True, mono=(4,), multi=(4,))
    layers(folder)
    return folder


def test_each_layer_is_scored_at_what_is_best_on_dev_with_it(folder):
    lanes = pd.read_csv(folder / "lanes.csv")
    table = pd.read_csv(folder / "layers.csv")
    assert len(table) == len(NUMBERS) * 4
    for row in table.itertuples():
        # Of no candidate may the loss leave the task out (Eq. 4).
        candidates = lanes[
            (lanes["layer"] == row.layer)
            & (lanes["dimension"] == row.dimension)
            & (lanes["target"] == row.target)
            & (lanes["w"] != (1 if row.target == "state" else 0))
        ]
        means = candidates.groupby(["setup", "w"])["dev_ccc"].mean()
        assert row.dev_ccc == pytest.approx(means.max(), abs=2e-6)
        assert (row.setup, row.w) == means.idxmax()


def test_the_best_layer_is_said_and_in_bold(folder):
    table, text = pd.read_csv(folder / "layers.csv"), (folder / "layers.md").read_text()
    assert "STAND-IN DATA" in text
    for (dimension, target), rows in table.groupby(["dimension", "target"]):
        best = rows.loc[rows["dev_ccc"].idxmax()]
        said = re.search(
            rf"[ ;]{dimension}{'' if target == 'state' else ' dynamics'} layer (\d+)", text
        )
        assert int(said[1]) == best["layer"]
    assert len(re.findall(r"\*\*\.\d+", text)) == 4


def test_the_figure_has_a_panel_for_each_dimension(folder):
    svg = (folder / "figures" / "layers.svg").read_text()
    texts = set(re.findall(r"<!-- (.*?) -->", svg))
    assert {
        "STAND-IN DATA",
        "arousal",
        "valence",
        "dev CCC",
        "layer",
        "states",
        "dynamics",
    } <= texts
    assert (folder / "figures" / "layers.png").read_bytes().startswith(b"\x89PNG")


def test_seeds_are_those_of_the_best_models(folder):
    found = scores_of_layers(read_run(folder))
    means = found.by_seed.groupby(["dimension", "target", "layer"])["dev_ccc"].mean()
    best = found.best.set_index(["dimension", "target", "layer"])["dev_ccc"]
    np.testing.assert_allclose(means.sort_index(), best.sort_index(), atol=2e-6)
    assert set(found.by_seed["seed"]) == {0, 1, 2}


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((), r"without layers to compare; set features.encoder.layers"),
        ((6,), r"a run of layer 6 alone, .* features.encoder.layers to several"),
    ],
)
def test_a_run_of_less_than_two_layers_is_refused(write_run, tmp_path, numbers, said):
    with pytest.raises(RunError, match=said):
        layers(write_run(tmp_path / "run", layers=numbers))


def test_a_run_of_weighted_sums_is_refused_in_words_of_its_own(folder):
    run = read_run(folder)
    weights = pd.DataFrame({"lane": ["a"], "layer": [0], "weight": [1.0]})
    with pytest.raises(RunError, match=r"a weighted sum of 3 layers, .*sweep.layers=each"):
        scores_of_layers(dataclasses.replace(run, layer_weights=weights))
