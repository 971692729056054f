"""Recordings of a few frames, for all that trains lanes of them."""

import numpy as np
import pytest

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.splits import corpus_split
from affdyn_jax.dataset.standardisation import fit_standardisation


@pytest.fixture(scope="session")
def dataset():
    """Two dimensions and three features; test has no gold standard."""
    rng = np.random.default_rng(0)

    def partition(count):
        features = [rng.normal(size=(24, 3)) for _ in range(count)]
        gold = [np.tanh(np.cumsum(f @ rng.normal(size=(3, 4)), 0) / 9) for f in features]
        return pad(features, gold, [np.ones((24, 4), bool)] * count)

    names = {"train": ("a", "b"), "dev": ("c",), "test": ("d",)}
    examples = {name: partition(len(recordings)) for name, recordings in names.items()}
    return Dataset(
        dimensions=("arousal", "valence"),
        frame_rate=4.0,
        annotation_delay=0.0,
        feature_names=("x", "y", "z"),
        names=names,
        groups=names,
        examples=examples,
        splits=(corpus_split(examples),),
        labelled=frozenset(("train", "dev")),
        standardisation=fit_standardisation(np.zeros((2, 3))),
        constant={},
    )
