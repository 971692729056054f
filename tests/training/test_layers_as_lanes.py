"""Layers trained together, against separate runs that have one of them alone."""

import dataclasses

import jax
import numpy as np
from flax import nnx

from affdyn_jax.dataset.layers import join_layers, side_by_side
from affdyn_jax.dataset.splits import Split, corpus_split
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.method.model import predict
from affdyn_jax.training.lane_settings import parts_of
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.loop import predict_lanes, train_lanes
from affdyn_jax.training.repetitions import rows_of
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from affdyn_jax.training.sweep import new_lanes, training_data

SETTINGS = TrainingSettings(max_epochs=3, learning_rate=5e-3)
SWEEP = SweepSettings((0.0, 0.5), (0, 7), HiddenSizes(mono=(), multi=(4,)))
NUMBERS = (0, 3, 12)
# Train, dev and test of each fold; the second one has a recording less to train on.
ROWS = (([0, 1], [2], [3]), ([3], [1], [0, 2]))


def of_layer(dataset, number, with_folds):
    """The same recordings heard in another layer, on a scale of its own."""
    rng = np.random.default_rng(number)
    mixing_ff = rng.normal(size=(3, 3))

    def heard(examples):
        features_ntf = examples.features_ntf @ mixing_ff
        return examples._replace(features_ntf=features_ntf.astype(np.float32))

    examples = {name: heard(each) for name, each in dataset.examples.items()}
    splits = (corpus_split(examples),)
    if with_folds:
        parts = [examples[name] for name in ("train", "dev", "test")]
        together = type(parts[0])(*map(np.concatenate, zip(*parts, strict=True)))
        together = together._replace(features_ntf=together.features_ntf * 20 + number)
        together.valid_ntk[3] = True
        examples = dict.fromkeys(examples, together)
        splits = tuple(
            Split(
                *(np.array(rows_n, np.int32) for rows_n in rows),
                fit_standardisation(together.features_ntf[rows[0]].reshape(-1, 3)),
            )
            for rows in ROWS
        )
    names = [f"layer{number}_{name}" for name in dataset.feature_names]
    return dataclasses.replace(
        dataset, examples=examples, splits=splits, layers=(number,), feature_names=names
    )


def trained(dataset, folds):
    (lanes,) = lanes_by_hidden_size(
        dataset.dimensions, SWEEP, folds if folds > 1 else 0, dataset.layers
    ).values()
    data, parts = training_data(lanes, dataset), parts_of(lanes, SETTINGS, dataset)
    state = train_lanes(new_lanes(lanes, dataset, SETTINGS), data, parts)
    rows = rows_of(data.repetitions, "test")
    predictions_lntk = predict_lanes(
        state.lane_states.best_weights, dataset.examples["test"], of_repetitions=rows
    )
    return lanes, state, predictions_lntk


def test_a_layers_lanes_are_those_of_a_run_on_it_alone(dataset):
    datasets = [of_layer(dataset, number, with_folds=True) for number in NUMBERS]
    joined = join_layers(iter(datasets), len(NUMBERS))
    lanes, together, predictions_lntk = trained(joined, folds=2)
    assert len(lanes) == len(NUMBERS) * 2 * 4
    for alone in datasets:
        own_lanes, separate, expected_lntk = trained(alone, folds=2)
        index = [lanes.index(lane) for lane in own_lanes]
        for name, tolerance in (("train_loss", 1e-5), ("dev_loss", 1e-5), ("dev_ccc_k", 1e-4)):
            found = getattr(together.history, name)[:, index]
            np.testing.assert_allclose(found, getattr(separate.history, name), atol=tolerance)
        for ours, theirs in zip(
            jax.tree.leaves(together.lane_states.best_weights),
            jax.tree.leaves(separate.lane_states.best_weights),
            strict=True,
        ):
            np.testing.assert_allclose(ours[index], theirs, atol=1e-5)
        for ours_ntk, theirs_ntk, lane in zip(
            predictions_lntk[index], expected_lntk, own_lanes, strict=True
        ):
            tested = slice(len(alone.heard_by(lane.layer, lane.fold).test_n))
            np.testing.assert_allclose(ours_ntk[tested], theirs_ntk[tested], atol=1e-5)
    of_layers = together.history.train_loss[-1].reshape(len(NUMBERS), -1)
    assert np.ptp(of_layers, axis=0).min() > 1e-4


def test_what_another_layer_holds_moves_no_weight(dataset):
    first, second = (of_layer(dataset, number, with_folds=False) for number in (0, 3))
    _, expected, _ = trained(join_layers([first, second], 2), folds=1)
    second.examples["train"].features_ntf[...] *= -1
    _, found, _ = trained(join_layers([first, second], 2), folds=1)
    for before, after in zip(
        jax.tree.leaves(expected.lane_states.weights),
        jax.tree.leaves(found.lane_states.weights),
        strict=True,
    ):
        np.testing.assert_array_equal(before[:4], after[:4])
    assert (expected.history.train_loss[-1, 4:] != found.history.train_loss[-1, 4:]).all()


def test_lanes_of_a_sum_learn_it_by_themselves(dataset):
    """Each lane is the run that has it alone, but for its place among others."""
    layers = [of_layer(dataset, number, with_folds=True) for number in NUMBERS]
    joined = side_by_side(iter(layers), len(NUMBERS))
    lanes, together, predictions_lntk = trained(joined, folds=2)
    scores_ly = together.lane_states.best_weights["layer_scores_y"][...]
    assert scores_ly.shape == (len(lanes), len(NUMBERS)) and len(lanes) == 2 * 4
    assert len(np.unique(scores_ly.round(7), axis=0)) == len(lanes)
    for index, lane in enumerate(lanes):
        split = joined.heard_by(None, lane.fold)
        rows_n = split.test_n
        features = split.standardisation(joined.examples["test"].features_ntf[rows_n])
        weights = jax.tree.map(lambda leaf, n=index: leaf[n], together.lane_states.best_weights)
        shares_y = np.exp(scores_ly[index]) / np.exp(scores_ly[index]).sum()
        layers_yntf = np.split(features, len(NUMBERS), axis=-1)
        of_sum = sum(share * layer for share, layer in zip(shares_y, layers_yntf, strict=True))
        plain = nnx.State({k: v for k, v in weights.items() if k != "layer_scores_y"})
        for found_tk, features_tf in zip(predictions_lntk[index], of_sum, strict=False):
            expected_tk = jax.jit(predict)(plain, features_tf, len(features_tf))
            np.testing.assert_allclose(found_tk, expected_tk, atol=1e-5)
