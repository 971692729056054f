"""Versions that a run keeps."""

import platform
import re
import tomllib
from importlib import metadata
from pathlib import Path

from affdyn_jax.system.machine import all_versions, versions

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def names(requirements):
    return {re.split(r"[^\w-]", line)[0].replace("_", "-").lower() for line in requirements}


def test_all_packages_that_are_needed():
    found = all_versions()
    assert found["python"] == platform.python_version()
    # Directly; and numba through librosa, llvmlite through numba.
    assert names(PROJECT["dependencies"]) | {"jaxlib", "numba", "llvmlite"} <= found.keys()
    assert found["jax"] == metadata.version("jax")
    assert found["ml-dtypes"] == metadata.version("ml_dtypes")
    assert not {"pytest", "ruff", "selenium"} & found.keys()  # of extras


def test_the_packages_that_numbers_depend_on_are_among_them():
    everything = all_versions()
    for name, version in versions().items():
        assert everything[name.replace("_", "-")] == version
