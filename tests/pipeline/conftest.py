"""A run of the geometry that other tests compile, too, and its corpus."""

import shutil

import pytest

from tests.runs import tiny_config


@pytest.fixture
def config(standin_root, tmp_path, quick_figures):
    """A run of the shapes of `trained_run`, so that its programs are compiled already."""
    return tiny_config(standin_root, tmp_path / "features")


@pytest.fixture
def copy(standin_root, tmp_path):
    """A copy of the corpus to be spoilt."""
    return shutil.copytree(standin_root, tmp_path / "corpus")
