"""Layers of an encoder in one dataset: each as a run on it alone has it, one after the other."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import aligned_zeros
from affdyn_jax.dataset.standardisation import Standardisation


def join_layers(datasets: Iterable[Dataset], layer_count: int) -> Dataset:
    """Datasets of the same recordings in several layers as one, whose splits hear one each.

    Args:
        datasets: Each has `layers`. From an iterator one is read after the one before it has been
            copied, so that memory holds all of them and one more.
        layer_count: Of all of them together.

    Returns:
        Features with the layers one after the other, see `Examples`; the splits of the first
        layer, then those of the next; names and standardisation of the features side by side.
    """
    parts: list[Dataset] = []
    joined: dict[str, np.ndarray] = {}
    for dataset in datasets:
        before = sum(len(part.layers) for part in parts)
        for partition in ("train",) if dataset.has_folds else dataset.examples:
            features_ntf = dataset.examples[partition].features_ntf
            count = len(features_ntf) // len(dataset.layers)
            if partition not in joined:
                shape = (layer_count * count, *features_ntf.shape[1:])
                joined[partition] = aligned_zeros(shape, np.float32)
            joined[partition][before * count :][: len(features_ntf)] = features_ntf
        splits = tuple(s._replace(layer=before + s.layer) for s in dataset.splits)
        parts.append(dataclasses.replace(dataset.without_features, splits=splits))
        del dataset, features_ntf  # before the next one is made
    first, standardisations = parts[0], [part.standardisation for part in parts]
    return dataclasses.replace(
        first,
        examples={
            partition: examples._replace(
                features_ntf=joined["train" if first.has_folds else partition]
            )
            for partition, examples in first.examples.items()
        },
        splits=sum((part.splits for part in parts), ()),
        layers=sum((part.layers for part in parts), ()),
        feature_names=[name for part in parts for name in part.feature_names],
        standardisation=Standardisation(
            np.concatenate([each.mean_f for each in standardisations]),
            np.concatenate([each.deviation_f for each in standardisations]),
        ),
    )
