"""Promotion of ranks and dtypes, and every warning, is an error under test.

Nearly all time goes into compiling. So programs are compiled without optimisations, their fusions
by the emitters that are quicker at it, and the same program only once: all processes of the tests
find it in one folder. To test programs as users run them:
`JAX_DISABLE_MOST_OPTIMIZATIONS=0 python -m pytest`.
"""

import dataclasses
import functools
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from safetensors.numpy import save_file

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

import jax

from affdyn_jax.corpora.standin.generation import write_standin
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.training import loop
from affdyn_jax.training.settings import TrainingSettings
from tests.runs import run_config, tiny_config

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

# Of the process that the user has started; workers and commands have it from there.
COMPILED = Path(tempfile.gettempdir()) / f"affdyn_jax-compiled-{os.getpid()}"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(COMPILED))
jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])


def quick_fusions():
    """XLA's flag that halves the time of compiling, or nothing: XLA ends at flags it lacks."""
    option = "xla_cpu_use_fusion_emitters"
    try:
        jax.jit(lambda x: x).lower(0).compile({option: False})
    except jax.errors.JaxRuntimeError:
        return ""
    return f"--{option}=false"


# Flags are read once, so this one is for the workers and commands alone.
if os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] == "1" and "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ.setdefault("XLA_FLAGS", quick_fusions())

# Tests that train the same shapes in one process trace them once, too.
loop._predictions_of_all = functools.lru_cache(maxsize=16)(loop._predictions_of_all)
_traced_epoch = functools.lru_cache(maxsize=16)(loop._epoch_of_all)


def _epoch_of_all(parts, mesh, recurrence):
    """The epoch's program, which of the settings has Adam's alone."""
    names = ("beta1", "beta2", "epsilon")
    adams = TrainingSettings(**{name: getattr(parts.settings, name) for name in names})
    return _traced_epoch(dataclasses.replace(parts, settings=adams), mesh, recurrence)


loop._epoch_of_all = _epoch_of_all

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_unconfigure():
    shutil.rmtree(COMPILED, ignore_errors=True)


@pytest.fixture(scope="session")
def avec2019_ces_de():
    """The real SEWA German annotations and nine systems' predictions for them."""
    root = SHARED_DATA / "avec2019_ces_de"
    if not root.is_dir():
        pytest.skip("the real SEWA annotations are under licence and not on this machine")
    return root


@pytest.fixture(scope="session")
def real_speech():
    """A folder of real speech in several formats and rates."""
    root = SHARED_DATA / "speech"
    if not root.is_dir():
        pytest.skip("the real speech files are not on this machine")
    return root


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """A folder by its name, filled by the first of the workers that wants it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def folder_of(name, fill):
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                folder.mkdir()
                fill(folder)
        return folder

    return folder_of


@pytest.fixture(scope="session")
def standin_root(made_once):
    """A generated corpus in AVEC 2019's layout: 3, 2 and 2 recordings of some 12 s."""
    settings = StandIn("XX", train=3, dev=2, test=2, shortest_s=11.0, longest_s=13.0)
    return (
        made_once("standin", lambda folder: write_standin(settings, folder / "corpus")) / "corpus"
    )


@pytest.fixture(scope="session")
def trained_run(made_once, standin_root):
    """The folder of a small finished run, of shapes that other tests compile, too."""

    def train(folder):
        run_config(tiny_config(standin_root, folder / "features"), folder / "run")

    return made_once("trained", train) / "run"


@pytest.fixture
def start_hub(monkeypatch, tmp_path):
    """Start a hub that has the given files, in place of the real one and with an empty cache."""
    from tests.fake_hub import in_place_of_the_real_one

    with in_place_of_the_real_one(monkeypatch, tmp_path / "hub") as start:
        yield start


@pytest.fixture
def quick_figures(monkeypatch):
    """Figures are put together, but not drawn, which takes seconds."""

    def draw(figure, name, caption, alternative, mark):
        return Picture(name, caption, alternative, b"", b"", 1, 1)

    for figure in ("ccc_against_w", "ccc_against_setting", "w_by_epoch", "learning_curves"):
        monkeypatch.setattr(f"affdyn_jax.report.figures.{figure}.draw", draw)


@pytest.fixture(scope="session")
def tiny_checkpoint(made_once):
    """A tiny wav2vec 2.0 with random weights in a folder, as transformers saves one."""
    return made_once("checkpoint", lambda folder: _write_checkpoint(folder, "large"))


@pytest.fixture(scope="session")
def tiny_base_checkpoint(made_once):
    """One of the other architecture."""
    return made_once("checkpoint-base", lambda folder: _write_checkpoint(folder, "base"))


def _write_checkpoint(folder, architecture):
    arrays = np.load(Path(__file__).parent / "references" / f"wav2vec2_tiny_{architecture}.npz")
    config = json.loads(str(arrays["config"])) | {"model_type": "wav2vec2"}
    (folder / "config.json").write_text(json.dumps(config))
    preprocessor = {"do_normalize": True, "sampling_rate": 16000}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    names = [name for name in arrays if name.startswith("weight/")]
    weights = {name.removeprefix("weight/"): arrays[name] for name in names}
    save_file(weights, folder / "model.safetensors")
