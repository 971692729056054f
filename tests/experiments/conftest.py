"""The paper's grid in small: three stand-ins, all columns of Table 1, trained once."""

from contextlib import contextmanager

import pytest

from affdyn_jax import pipeline
from affdyn_jax.config import read_settings
from affdyn_jax.configs import recola, sewa_de, sewa_hu
from experiments.paper import grid_plan
from experiments.paper.table1 import table1
from tests.report.conftest import write_run  # noqa: F401


@pytest.fixture(scope="session")
def small_sweeps(made_once, tiny_checkpoint, tiny_base_checkpoint):
    """Settings of the paper's corpora that train a few lanes for two epochs, by name."""
    folder = made_once("corpora", lambda _: None)
    configs = {}
    for name, module in (("recola", recola), ("sewa_de", sewa_de), ("sewa_hu", sewa_hu)):
        config = module.get_config("standin")
        config.corpus.root = str(folder / name)
        # All of one length, so that the corpora share their programs.
        config.corpus.standin.update(train=2, dev=2, test=2, shortest_s=12.0, longest_s=12.0)
        config.features.cache = str(folder / "features")
        config.features.encoder.model = str(tiny_checkpoint)
        config.sweep.weights = (0.0, 0.5, 1.0)
        config.sweep.seeds = (0,)
        config.sweep.hidden_sizes.update(mono=(2,), multi=(2,))
        config.training.max_epochs = 2
        config.compilation_cache = False
        configs[name] = config
    models = {"base": str(tiny_base_checkpoint), "large": str(tiny_checkpoint)}
    configs["recola"].features.encoder.models.update(models)
    return {name: read_settings(config) for name, config in configs.items()}


@contextmanager
def _quick_training():
    """An epoch is said to take 1.5 s, reports are empty.

    What is left out is tested where it belongs: in `test_grid_plan.py` and `tests/report/`.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(grid_plan, "seconds_of_an_epoch", lambda *_: 1.5)
        patched.setattr(pipeline, "write_report", lambda run: (run / "report.html").touch())
        yield


@pytest.fixture(scope="session")
def finished_grid(made_once, small_sweeps):
    """The workdir of a finished `experiments.paper.table1`."""

    def train(folder):
        with _quick_training():
            table1(small_sweeps, ["mfcc", "mfb", "w2v2"], folder / "table1")

    return made_once("grid", train) / "table1"


@pytest.fixture
def quick_training():
    """The same for a test that trains by itself."""
    with _quick_training():
        yield
