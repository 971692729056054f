"""Which recordings lanes train on, choose epochs by and are tested on."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.dataset.standardisation import Standardisation


class Split(NamedTuple):
    """One division of the recordings, and the standardisation that belongs to it.

    Attributes:
        train_n: Rows of the training examples, int32.
        dev_n: Rows of the dev examples, int32.
        test_n: Rows of the test examples, int32.
        standardisation: What is still to be done to the examples' features, F of them.
    """

    train_n: np.ndarray
    dev_n: np.ndarray
    test_n: np.ndarray
    standardisation: Standardisation


def corpus_split(examples: Mapping[str, Examples]) -> Split:
    """The corpus's own partitions, whole, of features that are standardised already.

    Args:
        examples: Of each partition; without `test` none is tested on.
    """

    def every(partition: str) -> np.ndarray:
        count = len(examples[partition].frames_n) if partition in examples else 0
        return np.arange(count, dtype=np.int32)

    feature_count = examples["train"].features_ntf.shape[-1]
    nothing = Standardisation(np.zeros(feature_count), np.ones(feature_count))
    return Split(every("train"), every("dev"), every("test"), nothing)
