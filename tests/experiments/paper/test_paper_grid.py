"""Which runs the grid has."""

import pytest

from affdyn_jax.errors import ConfigError
from configs import recola, sewa_de, sewa_hu
from experiments.paper.paper_grid import grid_runs


@pytest.fixture
def configs():
    return {name: module.get_config() for name, module in MODULES.items()}


MODULES = {"recola": recola, "sewa_de": sewa_de, "sewa_hu": sewa_hu}


def test_french_has_a_column_for_each_of_its_models(configs):
    runs = grid_runs(configs, ["w2v2", "mfb", "mfcc"])
    assert [run.folder.as_posix() for run in runs] == [
        *("recola/mfcc", "recola/mfb", "recola/w2v2_base", "recola/w2v2_large"),
        *("sewa_de/mfcc", "sewa_de/mfb", "sewa_de/w2v2"),
        *("sewa_hu/mfcc", "sewa_hu/mfb", "sewa_hu/w2v2"),
    ]
    assert [run.config.features.w2v2.model for run in runs if run.features == "W2V2"] == [
        "LeBenchmark/wav2vec2-FR-3K-base",
        "LeBenchmark/wav2vec2-FR-3K-large",
        "facebook/wav2vec2-large-xlsr-53-german",
        "jonatasgrosman/wav2vec2-large-xlsr-53-hungarian",
    ]


def test_other_features_do_not_touch_a_runs_config(configs):
    """A checkpoint that is found later elsewhere is no other config to the runs without it."""
    before = [run.config.to_dict() for run in grid_runs(configs, ["mfcc", "mfb"])]
    configs["recola"].features.w2v2.models.base = "elsewhere"
    configs["sewa_de"].features.w2v2.model = "elsewhere"
    assert [run.config.to_dict() for run in grid_runs(configs, ["mfcc", "mfb"])] == before
    of_large = [run for run in grid_runs(configs, ["w2v2"]) if run.model == "large"]
    assert "elsewhere" not in str(of_large[0].config)
    assert configs["recola"].features.name == "mfb"  # left as it was


def test_unknown_features_and_two_corpora_of_one_name_are_refused(configs):
    with pytest.raises(ConfigError, match="features='mfc' is not known; did you mean 'mfcc'"):
        grid_runs(configs, ["mfc"])
    configs["sewa_de"].corpus.name = "SEWA HU"
    with pytest.raises(ConfigError, match=r"two configs have corpus\.name=SEWA HU"):
        grid_runs(configs, ["mfb"])
