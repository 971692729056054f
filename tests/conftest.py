"""Promotion of ranks and dtypes, and every warning, is an error under test."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


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
