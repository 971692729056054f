"""Datasets of layers joined, with and without folds."""

import dataclasses

import numpy as np
import pytest

from affdyn_jax.dataset.layers import join_layers, side_by_side
from tests.dataset.test_dataset import FIVE, dataset_of, features_of

NUMBERS = (4, 0, 9)


def of_layers(folds=0):
    datasets = []
    for number in NUMBERS:
        dataset = dataset_of(FIVE, features_of(FIVE, seed=number), folds=folds)
        names = [f"layer{number}_{name}" for name in dataset.feature_names]
        datasets.append(dataclasses.replace(dataset, layers=(number,), feature_names=names))
    return datasets


@pytest.mark.parametrize("folds", [0, 3])
def test_each_layer_is_where_its_splits_hear_it(folds):
    datasets = of_layers(folds)
    joined = join_layers(iter(datasets), 3)
    assert joined.layers == NUMBERS and joined.has_folds == (folds > 0)
    assert len(joined.splits) == 3 * max(1, folds) and len(joined.folds) == max(1, folds)
    for index, (number, dataset) in enumerate(zip(NUMBERS, datasets, strict=True)):
        assert joined.heard_by(number, None if not folds else 1).layer == index
        own = dataset.splits[min(1, len(dataset.splits) - 1)]
        found = joined.heard_by(number, 1 if folds else None)
        np.testing.assert_array_equal(found.standardisation.mean_f, own.standardisation.mean_f)
        for partition, examples in dataset.examples.items():
            for n, features_tf in enumerate(examples.features_ntf):
                heard_tf = joined.examples[partition].heard(n, index)
                np.testing.assert_array_equal(heard_tf, features_tf)
        part = joined.standardisation_of(number)
        np.testing.assert_array_equal(part.mean_f, dataset.standardisation.mean_f)
        np.testing.assert_array_equal(part.deviation_f, dataset.standardisation.deviation_f)
    for partition, examples in datasets[0].examples.items():
        for a, b in zip(joined.examples[partition][1:], examples[1:], strict=True):
            np.testing.assert_array_equal(a, b)
    assert joined.feature_names[3:6] == ["layer0_x", "layer0_y", "layer0_z"]
    if folds:
        arrays = {id(examples.features_ntf) for examples in joined.examples.values()}
        assert len(arrays) == 1


def test_rounds_without_their_features_join_as_well():
    datasets = of_layers(folds=3)
    rounds = [join_layers(datasets[:2], 2), join_layers(datasets[2:], 1)]
    found = join_layers([each.without_features for each in rounds], 3)
    expected = join_layers(datasets, 3)
    assert found.layers == expected.layers and found.feature_names == expected.feature_names
    assert [split.layer for split in found.splits] == [split.layer for split in expected.splits]
    np.testing.assert_array_equal(found.standardisation.mean_f, expected.standardisation.mean_f)
    assert all(examples.features_ntf.size == 0 for examples in found.examples.values())


@pytest.mark.parametrize("folds", [0, 3])
def test_layers_side_by_side_are_in_each_frame(folds):
    datasets = of_layers(folds)
    found = side_by_side(iter(datasets), 3)
    assert found.layers == () and found.summed_layers == NUMBERS
    for partition, examples in found.examples.items():
        expected = [dataset.examples[partition].features_ntf for dataset in datasets]
        np.testing.assert_array_equal(examples.features_ntf, np.concatenate(expected, axis=-1))
    for index, split in enumerate(found.splits):
        of_layers_f = [dataset.splits[index].standardisation.mean_f for dataset in datasets]
        np.testing.assert_array_equal(split.standardisation.mean_f, np.concatenate(of_layers_f))
        np.testing.assert_array_equal(split.train_n, datasets[0].splits[index].train_n)
