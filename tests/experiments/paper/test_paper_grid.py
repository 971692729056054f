"""Which runs the grid has."""

import pytest

from affdyn_jax.config import read_settings
from affdyn_jax.configs import recola, sewa_de, sewa_hu
from affdyn_jax.errors import ConfigError
from experiments.paper.paper_grid import grid_runs


@pytest.fixture
def configs():
    return {name: module.get_config() for name, module in MODULES.items()}


def runs_of(configs, kinds):
    return grid_runs({name: read_settings(config) for name, config in configs.items()}, kinds)


MODULES = {"recola": recola, "sewa_de": sewa_de, "sewa_hu": sewa_hu}


def test_french_has_a_column_for_each_of_its_models(configs):
    runs = runs_of(configs, ["w2v2", "mfb", "mfcc"])
    assert [run.folder.as_posix() for run in runs] == [
        *("recola/mfcc", "recola/mfb", "recola/w2v2_base", "recola/w2v2_large"),
        *("sewa_de/mfcc", "sewa_de/mfb", "sewa_de/w2v2"),
        *("sewa_hu/mfcc", "sewa_hu/mfb", "sewa_hu/w2v2"),
    ]
    assert [run.settings.features.encoder.model for run in runs if run.features == "W2V2"] == [
        "LeBenchmark/wav2vec2-FR-3K-base",
        "LeBenchmark/wav2vec2-FR-3K-large",
        "facebook/wav2vec2-large-xlsr-53-german",
        "jonatasgrosman/wav2vec2-large-xlsr-53-hungarian",
    ]


def test_other_features_do_not_touch_a_runs_settings(configs):
    """A checkpoint that is found later elsewhere changes no settings of the runs without it."""
    before = [run.settings for run in runs_of(configs, ["mfcc", "mfb"])]
    configs["recola"].features.encoder.models.base = "elsewhere"
    configs["sewa_de"].features.encoder.model = "elsewhere"
    assert [run.settings for run in runs_of(configs, ["mfcc", "mfb"])] == before
    of_large = [run for run in runs_of(configs, ["w2v2"]) if run.model == "large"]
    assert "elsewhere" not in str(of_large[0].settings)


def test_predictions_are_no_features_of_the_grid(configs):
    configs["sewa_de"].features.update(name="precomputed", folders=("a",), are_predictions=True)
    (run,) = runs_of({"sewa_de": configs["sewa_de"]}, ["mfb"])
    assert run.settings.features.name == "mfb"
    assert not run.settings.features.are_predictions


def test_unknown_features_and_two_corpora_of_one_name_are_refused(configs):
    with pytest.raises(ConfigError, match="features='mfc' is not known; did you mean 'mfcc'"):
        runs_of(configs, ["mfc"])
    configs["sewa_de"].corpus.name = "SEWA HU"
    with pytest.raises(ConfigError, match=r"two configs have corpus\.name=SEWA HU"):
        runs_of(configs, ["mfb"])
