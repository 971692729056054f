"""Finished runs that differ in what a test says, each with predictions of its own."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from affdyn_jax.report.comparison.scored_run import ScoredRun
from affdyn_jax.workdir import files as on_disk
from affdyn_jax.workdir.files import read_run


@pytest.fixture(scope="session")
def first(write_run, tmp_path_factory):
    """The folder of a run with six test recordings."""
    return write_run(tmp_path_factory.mktemp("compared") / "a", mono=(), multi=(4,), frames=40)


@pytest.fixture
def other(first, tmp_path):
    """Writes a run on the same recordings, with noise on its predictions and other facts."""

    def write(name="b", noise=0.3, **facts):
        folder = shutil.copytree(first, tmp_path / name)
        run, rng = read_run(folder), np.random.default_rng(1)
        for recording in run.facts.recordings["test"]:
            rows = run.predictions("test", recording)
            noisy = rows + rng.normal(0, noise, rows.shape)
            columns = {column: noisy[column].to_numpy() for column in noisy}
            on_disk.write_predictions(folder, "test", recording, rows.index.to_numpy(), columns)
        on_disk.write_facts(folder, dataclasses.replace(run.facts, **facts))
        return folder

    return write


@pytest.fixture
def set_config():
    """Changes fields of a run's config, by their sections."""

    def change(folder, **sections):
        config = json.loads((folder / "config.json").read_text())
        for section, fields in sections.items():
            config[section] = config.get(section, {}) | fields
        (folder / "config.json").write_text(json.dumps(config))

    return change


@pytest.fixture
def scored():
    """Runs by the names of their folders, as they are compared."""

    def read(*folders):
        return {folder.name: ScoredRun.of(read_run(folder)) for folder in folders}

    return read
