"""Layers of an encoder in one dataset, of datasets that each have one as a run on it alone does."""

import dataclasses
from collections.abc import Callable, Iterable

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

    def rows(features_ntf: np.ndarray, layers: slice) -> tuple[tuple[int, ...], tuple[slice, ...]]:
        count = len(features_ntf) // (layers.stop - layers.start)
        place = slice(layers.start * count, layers.stop * count)
        return (layer_count * count, *features_ntf.shape[1:]), (place,)

    joined, parts = _joined(datasets, rows)
    return dataclasses.replace(
        joined,
        splits=tuple(
            split._replace(layer=layers.start + split.layer)
            for layers, part in parts
            for split in part.splits
        ),
        layers=sum((part.layers for _, part in parts), ()),
    )


def side_by_side(datasets: Iterable[Dataset], layer_count: int) -> Dataset:
    """Datasets of the same recordings in several layers as one, whose frames have all of them.

    Arguments as of `join_layers`; each dataset has one layer.
    """

    def columns(
        features_ntf: np.ndarray, layers: slice
    ) -> tuple[tuple[int, ...], tuple[slice, ...]]:
        *shape, count = features_ntf.shape
        place = slice(layers.start * count, layers.stop * count)
        return (*shape, layer_count * count), (slice(None), slice(None), place)

    joined, parts = _joined(datasets, columns)
    of_layers = zip(*(part.splits for _, part in parts), strict=True)
    return dataclasses.replace(
        joined,
        splits=tuple(
            splits[0]._replace(
                standardisation=Standardisation.side_by_side([s.standardisation for s in splits])
            )
            for splits in of_layers
        ),
        layers=(),
        summed_layers=sum((part.layers for _, part in parts), ()),
    )


# Of an array of some layers: the shape of that of all, and where in it these have their place.
_Placed = Callable[[np.ndarray, slice], tuple[tuple[int, ...], tuple[slice, ...]]]


def _joined(
    datasets: Iterable[Dataset], placed: _Placed
) -> tuple[Dataset, list[tuple[slice, Dataset]]]:
    """The first dataset with all features, and each one without them and with its layers' place."""
    parts: list[tuple[slice, Dataset]] = []
    arrays: dict[str, np.ndarray] = {}
    before = 0
    for dataset in datasets:
        layers = slice(before, before + len(dataset.layers))
        for partition in ("train",) if dataset.has_folds else dataset.examples:
            features_ntf = dataset.examples[partition].features_ntf
            shape, place = placed(features_ntf, layers)
            if partition not in arrays:
                arrays[partition] = aligned_zeros(shape, np.float32)
            arrays[partition][place] = features_ntf
        parts.append((layers, dataset.without_features))
        before = layers.stop
        del dataset, features_ntf  # before the next one is made
    _, first = parts[0]
    examples = {
        partition: examples._replace(features_ntf=arrays["train" if first.has_folds else partition])
        for partition, examples in first.examples.items()
    }
    joined = dataclasses.replace(
        first,
        examples=examples,
        feature_names=[name for _, part in parts for name in part.feature_names],
        standardisation=Standardisation.side_by_side([p.standardisation for _, p in parts]),
    )
    return joined, parts
