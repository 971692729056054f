"""The sweep against a loop over its lanes, and against a model of one dimension alone."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.dataset.examples import Examples, pad
from affdyn_jax.method.model import initial_weights
from affdyn_jax.method.tasks import task_weights
from affdyn_jax.training import loop, placed_lanes
from affdyn_jax.training.epoch import train_epoch
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.lane_state import new_lane
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.loop import epoch_program, new_training, predict_lanes, train_lanes
from affdyn_jax.training.packing import is_worthwhile
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import recording_order, shared_inputs, whole_partitions
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings

DIMENSIONS = ("arousal", "valence")
FEATURES, HIDDEN, TASKS = 6, 8, 4
SEEDS = (0, 7)
LANES = lanes_by_hidden_size(
    DIMENSIONS, SweepSettings(seeds=SEEDS, hidden_sizes=HiddenSizes((HIDDEN,), (HIDDEN,)))
)[HIDDEN]
MIXING = np.random.default_rng(0).normal(size=(FEATURES, 2))
SETTINGS = TrainingSettings(max_epochs=3)
PARTS = Parts(SETTINGS)
STEEP = 0.05  # a learning rate so high that lanes stop early
COARSE = 0.3  # one so high that dev gets worse again


def partition(seed, lengths):
    """Recordings whose gold standards are smoothed functions of their features."""
    rng = np.random.default_rng(seed)
    features, gold, valid = [], [], []
    for length in lengths:
        features_tf = rng.normal(size=(length, FEATURES))
        smooth = np.apply_along_axis(np.convolve, 0, features_tf, np.ones(6) / 6, mode="same")
        states_td = np.tanh(smooth @ MIXING)
        features.append(features_tf)
        gold.append(np.hstack([states_td, np.gradient(states_td, 0.25, axis=0)]))
        valid.append(np.ones((length, TASKS), bool))
        valid[-1][0, 2:] = False
    return pad(features, gold, valid)


TRAIN, DEV = partition(1, (40, 31, 36)), partition(2, (33, 40))
ONE_OF_DEV = Examples(*(array[:1] for array in DEV))


def weights_of(lanes):
    return np.stack([task_weights(lane.dimensions, lane.w, DIMENSIONS) for lane in lanes])


def sweep(
    lanes=LANES,
    seeds=SEEDS,
    train=TRAIN,
    dev=DEV,
    task_weights_lk=None,
    on_epoch=lambda _: None,
    **changed,
):
    weights = weights_of(lanes) if task_weights_lk is None else task_weights_lk
    settings = dataclasses.replace(SETTINGS, **changed)
    data, parts = whole_partitions(train, dev, seeds), Parts(settings)
    start = new_training(fixed_lanes(weights, weights, settings), data, HIDDEN, parts)
    return train_lanes(start, data, parts, on_epoch)


def best_weights(trained):
    return trained.lane_states.best_weights


@functools.cache
def initial(seed):
    return initial_weights(jax.random.key(seed), FEATURES, HIDDEN, TASKS)


def lane_of(trained, index):
    return jax.tree.map(lambda leaf: np.asarray(leaf[index]), best_weights(trained))


def relative_difference(ours, theirs):
    ours, theirs = (
        np.concatenate([np.ravel(x) for x in jax.tree.leaves(t)]) for t in (ours, theirs)
    )
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


def test_sweep_equals_loop():
    trained = sweep()
    epoch = jax.jit(train_epoch, static_argnames="parts")
    for index, lane in enumerate(LANES):
        weights_1k = task_weights(lane.dimensions, lane.w, DIMENSIONS)[None]
        made, repetitions = (
            jax.tree.map(
                lambda array_l: jnp.asarray(array_l[0]),
                fixed_lanes(weights_1k, weights_1k, SETTINGS),
            ),
            whole_partitions(TRAIN, DEV, [lane.seed]).repetitions,
        )
        alone = new_lane(made, initial(lane.seed), PARTS)
        for number in (1, 2, 3):
            shared = jax.tree.map(lambda array_s: array_s[0], shared_inputs(repetitions, number))
            alone, scores = epoch(alone, shared, TRAIN, DEV, PARTS)
        assert relative_difference(lane_of(trained, index), alone.best_weights) < 1e-4
        np.testing.assert_allclose(trained.history.dev_ccc_k[2, index], scores.dev_ccc_k, atol=1e-3)
        np.testing.assert_allclose(trained.history.dev_loss[2, index], scores.dev_loss, atol=1e-4)
        assert trained.lane_states.best_epoch[index] == alone.best_epoch


def test_the_epoch_that_is_timed_is_the_first_of_training(monkeypatch):
    compiled, seen = loop._epoch_of_all, []

    def watched(*arguments):
        program = compiled(*arguments)

        def epoch(*places):
            seen.append(program(*places))
            return jax.tree.map(jnp.copy, seen[-1])  # the next epoch is given their memory

        return epoch

    trained = sweep(max_epochs=1)
    monkeypatch.setattr(loop, "_epoch_of_all", watched)
    data = whole_partitions(TRAIN, DEV, SEEDS)
    epoch = epoch_program(trained.lane_states, data, PARTS)
    made = fixed_lanes(weights_of(LANES), weights_of(LANES), SETTINGS)
    start = new_training(made, data, HIDDEN, PARTS)
    epoch_of_new_lanes = epoch_program(start.lane_states, data, PARTS)
    epoch_of_new_lanes()
    lanes, scores = seen[0]
    dev_loss_sl = np.asarray(scores.dev_loss)[:, : len(LANES) // len(SEEDS)]
    np.testing.assert_array_equal(dev_loss_sl.ravel(), trained.history.dev_loss[0])
    assert np.all(np.asarray(lanes.epochs) == 1)
    epoch()
    epoch()
    assert np.all(np.asarray(seen[2][0].epochs) == 3)


def layer(weights, inputs_tf):
    """PyTorch's documented GRU equations, one frame after the other."""

    def step(h, x):
        input_r, input_z, input_n = weights["input_kernel_ghf"] @ x + weights["input_bias_gh"]
        state_r, state_z, state_n = (
            weights["recurrent_kernel_ghh"] @ h + weights["recurrent_bias_gh"]
        )
        r, z = jax.nn.sigmoid(input_r + state_r), jax.nn.sigmoid(input_z + state_z)
        n = jnp.tanh(input_n + r * state_n)
        h = (1 - z) * n + z * h
        return h, h

    return jax.lax.scan(step, jnp.zeros(HIDDEN), inputs_tf)[1]


def ccc(x, y):
    numerator = 2 * jnp.mean((x - x.mean()) * (y - y.mean()))
    return numerator / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)


@pytest.mark.parametrize(
    ("dimension", "w"), [("arousal", 0.3), pytest.param("valence", 1.0, marks=pytest.mark.slow)]
)
def test_mono_lane_equals_a_model_with_two_outputs(dimension, w):
    d = DIMENSIONS.index(dimension)
    rows = jnp.array([d, d + 2])
    weights = jax.tree.map(jnp.asarray, initial(7))
    weights = {
        "layers": [
            {name: leaf[...] for name, leaf in weights["layers"][n].items()} for n in (0, 1)
        ],
        "kernel": weights["head_kernel_hk"][...][:, rows],
        "bias": weights["head_bias_k"][...][rows],
    }

    def loss(weights, features_tf, gold_tk):
        hidden_th = layer(weights["layers"][1], layer(weights["layers"][0], features_tf))
        state_t, dynamics_t = jnp.tanh(hidden_th @ weights["kernel"] + weights["bias"][None]).T
        state_loss = 1 - ccc(state_t, gold_tk[:, d])
        dynamics_loss = 1 - ccc(dynamics_t[1:], gold_tk[1:, d + 2])
        return (1 - w) * state_loss + w * dynamics_loss

    # One shape, so that the recurrence compiles once.
    train = partition(1, (20, 20, 20))
    dev = Examples(*(array[:1] for array in train))  # so that each epoch is the best so far
    value_and_grad = jax.jit(jax.value_and_grad(loss))
    adam = optax.adam(SETTINGS.learning_rate)
    optimiser_state = adam.init(weights)
    for epoch in (1, 2, 3):
        for n in recording_order(7, epoch, 3):
            _, gradients = value_and_grad(weights, train.features_ntf[n], train.gold_ntk[n])
            with jax.numpy_dtype_promotion("standard"):
                updates, optimiser_state = adam.update(gradients, optimiser_state, weights)
            weights = optax.apply_updates(weights, updates)

    lanes = [lane for lane in LANES if (lane.setup, lane.w, lane.seed) == (dimension, w, 7)]
    trained = sweep(lanes, (7,), train, dev)
    ours = lane_of(trained, 0)
    ours_as_theirs = {
        "layers": [
            {name: ours["layers"][n][name][...] for name in names}
            for n, names in enumerate(weights["layers"])
        ],
        "kernel": ours["head_kernel_hk"][...][:, rows],
        "bias": ours["head_bias_k"][...][rows],
    }
    assert trained.lane_states.best_epoch[0] == 3
    assert relative_difference(ours_as_theirs, weights) < 1e-4
    dev_loss, _ = value_and_grad(weights, dev.features_ntf[0], dev.gold_ntk[0])
    assert trained.history.dev_loss[2, 0] == pytest.approx(float(dev_loss), abs=1e-3)


def test_rows_of_the_head_without_weight_stay_as_they_were():
    trained = sweep(max_epochs=2)
    for index, lane in enumerate(LANES):
        start = initial(lane.seed)
        before, after = start["head_kernel_hk"][...], lane_of(trained, index)["head_kernel_hk"][...]
        weighs = task_weights(lane.dimensions, lane.w, DIMENSIONS) > 0
        np.testing.assert_array_equal(after[:, ~weighs], before[:, ~weighs])
        assert (np.asarray(after)[:, weighs] != np.asarray(before)[:, weighs]).all()


def test_more_padding_changes_nothing():
    longer = Examples(
        *(np.pad(array, ((0, 0), (0, 25), (0, 0))) for array in TRAIN[:3]), TRAIN.frames_n
    )
    plain, padded = sweep(), sweep(train=longer)
    np.testing.assert_allclose(padded.history.train_loss, plain.history.train_loss, atol=1e-5)
    assert relative_difference(best_weights(padded), best_weights(plain)) < 1e-4


def test_a_diverging_lane_leaves_the_others_alone():
    weights_lk = weights_of(LANES)
    weights_lk[1] = np.inf
    disturbed = sweep(task_weights_lk=weights_lk)
    undisturbed = sweep()
    is_disturbed_l = np.arange(len(LANES)) == 1
    np.testing.assert_array_equal(disturbed.lane_states.diverged, is_disturbed_l)
    np.testing.assert_array_equal(disturbed.lane_states.epochs, np.where(is_disturbed_l, 1, 3))
    assert disturbed.lane_states.best_epoch[1] == 0
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(lane_of(disturbed, 1)))
    for index in np.flatnonzero(~is_disturbed_l):
        difference = relative_difference(lane_of(disturbed, index), lane_of(undisturbed, index))
        assert difference < 1e-5


def test_patience_counts_epochs_without_improvement():
    lanes = LANES[:2]
    weights_lk = weights_of(lanes)
    weights_lk[0] = 0  # its loss is 0 from the start and cannot improve
    seen = []
    trained = sweep(
        lanes,
        (0,),
        task_weights_lk=weights_lk,
        max_epochs=6,
        patience=2,
        on_epoch=lambda epoch: seen.append((epoch.number, tuple(epoch.stopped_l))),
    )
    assert (trained.lane_states.best_epoch[0], trained.lane_states.epochs[0]) == (1, 3)
    assert (trained.lane_states.best_epoch[1], trained.lane_states.epochs[1]) == (6, 6)
    assert [epoch for epoch, _ in seen] == [1, 2, 3, 4, 5, 6]
    assert [stopped for _, (stopped, _) in seen] == [False, False, True, True, True, True]
    alone = sweep(lanes[1:], (0,), max_epochs=6, patience=2)
    assert relative_difference(lane_of(trained, 1), lane_of(alone, 0)) < 1e-4


def test_the_job_is_over_when_the_last_lane_stops():
    trained = sweep(learning_rate=0.0, max_epochs=50, patience=3)
    assert len(trained.history.dev_loss) == trained.lane_states.epochs.max() < 50
    assert (trained.lane_states.epochs - trained.lane_states.best_epoch == 3).all()


def test_best_weights_are_those_of_the_best_epoch():
    options = {"dev": ONE_OF_DEV, "learning_rate": COARSE}
    long = sweep(LANES[:3], (0,), max_epochs=12, **options)
    for index, best_epoch in enumerate(long.lane_states.best_epoch):
        assert best_epoch == np.argmin(long.history.dev_loss[:, index]) + 1
    index = int(np.argmin(long.lane_states.best_epoch))
    best_epoch = int(long.lane_states.best_epoch[index])
    assert best_epoch < 12
    short = sweep(LANES[:3], (0,), max_epochs=best_epoch, **options)
    assert relative_difference(lane_of(long, index), lane_of(short, index)) < 1e-6


def test_the_monitored_loss_decides_the_best_epoch():
    # Of one seed and w, the setups are lanes of one shape with the test above.
    lanes = [lane for lane in LANES if lane.w == 0.5 and lane.seed == 0]
    multi = [lane.setup for lane in lanes].index("multi")
    settings = TrainingSettings(learning_rate=COARSE, max_epochs=12)
    for w in (0.0, 1.0):
        monitor_lk = np.stack([task_weights(lane.dimensions, w, DIMENSIONS) for lane in lanes])
        # With one dev recording, concatenated CCC and mean CCC per recording are the same.
        data = whole_partitions(TRAIN, ONE_OF_DEV, (0,))
        made = fixed_lanes(weights_of(lanes), monitor_lk, settings)
        start = new_training(made, data, HIDDEN, Parts(settings))
        trained = train_lanes(start, data, Parts(settings))
        monitored_e = trained.history.dev_ccc_k[:, multi] @ monitor_lk[multi]
        assert trained.lane_states.best_epoch[multi] == np.argmax(monitored_e) + 1


def test_lanes_of_one_seed_start_alike():
    trained = sweep(learning_rate=0.0, max_epochs=1, patience=3)
    for index, lane in enumerate(LANES):
        assert relative_difference(lane_of(trained, index), initial(lane.seed)) == 0


def test_predictions_of_all_lanes():
    trained = sweep(max_epochs=1)
    predictions = predict_lanes(trained.lane_states.best_weights, DEV)
    assert predictions.shape == (len(LANES), *DEV.gold_ntk.shape)
    assert np.abs(predictions).max() < 1


@given(st.integers(0, 2**32 - 1), st.integers(1, 250), st.integers(1, 40))
@settings(deadline=None, max_examples=50)
def test_recording_order_is_a_permutation(seed, epoch, count):
    order_n = recording_order(seed, epoch, count)
    np.testing.assert_array_equal(np.sort(order_n), np.arange(count))
    np.testing.assert_array_equal(order_n, recording_order(seed, epoch, count))


def test_orders_differ_between_epochs_and_seeds():
    orders = {tuple(recording_order(s, e, 12)) for s in range(3) for e in range(1, 11)}
    assert len(orders) == 30


def test_moving_into_fewer_places_changes_nothing(monkeypatch):
    moves = []

    def watched(smaller_sm, table_sm):
        moves.append(is_worthwhile(smaller_sm, table_sm))
        return moves[-1]

    lanes = [lane for lane in LANES if lane.setup == "multi"]
    options = {"learning_rate": STEEP, "max_epochs": 12, "patience": 2}
    monkeypatch.setattr(placed_lanes, "is_worthwhile", watched)
    packed = sweep(lanes, **options)
    assert any(moves)
    monkeypatch.setattr(placed_lanes, "is_worthwhile", lambda *_: False)
    unpacked = sweep(lanes, **options)
    np.testing.assert_array_equal(packed.lane_states.best_epoch, unpacked.lane_states.best_epoch)
    np.testing.assert_array_equal(packed.lane_states.epochs, unpacked.lane_states.epochs)
    assert relative_difference(best_weights(packed), best_weights(unpacked)) < 1e-3
    for index, epochs in enumerate(packed.lane_states.epochs):
        np.testing.assert_allclose(
            packed.history.dev_loss[:epochs, index],
            unpacked.history.dev_loss[:epochs, index],
            atol=1e-4,
        )


def test_an_interrupted_training_continues_as_if_it_had_not_been():
    lanes = [lane for lane in LANES if lane.setup == "multi"]
    options = {"learning_rate": STEEP, "max_epochs": 12, "patience": 2}
    kept = []
    whole = sweep(lanes, **options, on_epoch=lambda epoch: kept.append(epoch.state()))
    half_left = np.sort(whole.lane_states.epochs)[len(lanes) // 2]
    assert half_left < whole.epoch  # so lanes have moved on the way
    for state in (kept[0], kept[half_left - 1], kept[half_left], kept[-2]):
        parts = Parts(dataclasses.replace(SETTINGS, **options))
        resumed = train_lanes(state, whole_partitions(TRAIN, DEV, SEEDS), parts)
        for ours, expected in zip(jax.tree.leaves(resumed), jax.tree.leaves(whole), strict=True):
            np.testing.assert_array_equal(ours, expected)
            assert ours.dtype == expected.dtype


def test_a_state_is_not_changed_by_training_from_it():
    kept = {}

    def keep(epoch):
        kept[epoch.number] = epoch.state()

    whole = sweep(on_epoch=keep)
    copies = jax.tree.map(np.copy, kept[1])
    data = whole_partitions(TRAIN, DEV, SEEDS)
    train_lanes(kept[1], data, PARTS)
    jax.tree.map(np.testing.assert_array_equal, kept[1], copies)
    nothing_more = train_lanes(whole, data, PARTS)
    jax.tree.map(np.testing.assert_array_equal, nothing_more, whole)
