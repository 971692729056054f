"""What `affdyn_jax.train` hands to the pipeline; `docs/test_notebook.py` really trains."""

import shutil

import pytest

import affdyn_jax
from affdyn_jax import from_python
from affdyn_jax.config import read_settings
from affdyn_jax.errors import ConfigError
from tests.runs import tiny_config


@pytest.fixture
def called(monkeypatch, trained_run, tmp_path):
    """The calls of the pipeline, which leaves a run that is finished already."""
    calls = []

    def run(settings, folder, resume):
        calls.append((settings, folder, resume))
        shutil.copytree(trained_run, folder)

    monkeypatch.setattr(from_python.pipeline, "run", run)
    monkeypatch.chdir(tmp_path)
    return calls


def test_a_config_is_trained_in_a_folder(called, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(from_python, "use_cores_as_devices", lambda: asked.append(1))
    config = tiny_config("corpus", "cache")
    results = affdyn_jax.train(config, tmp_path / "mine", resume=False)
    assert called == [(read_settings(config), tmp_path / "mine", False)]
    assert results.run.workdir == tmp_path / "mine"
    assert asked == [1]
    config.cores_as_devices = False
    affdyn_jax.train(config, tmp_path / "another")
    assert called[1][2] is True
    assert asked == [1]


def test_the_folder_has_the_name_of_the_corpus(called, monkeypatch):
    def is_late():
        raise RuntimeError("JAX has started")

    monkeypatch.setattr(from_python, "use_cores_as_devices", is_late)
    config = tiny_config("corpus", "cache")
    config.corpus.name = "SEWA HU"
    affdyn_jax.train(config)
    assert str(called[0][1]) == "runs/SEWA HU"
    config.corpus.name = "SEWA/HU"
    with pytest.raises(ConfigError, match=r"corpus.name='SEWA/HU' has /, which .*; name a workdir"):
        affdyn_jax.train(config)


def test_a_wrong_value_is_told_before_anything_is_done(called):
    config = tiny_config("corpus", "cache")
    config.training.patience = 0
    with pytest.raises(ConfigError, match=r"training.patience=0"):
        affdyn_jax.train(config)
    assert called == []
