"""The time of one lane by itself."""

from types import SimpleNamespace

import jax
import numpy as np

from affdyn_jax import alone
from affdyn_jax.alone import epoch_seconds
from affdyn_jax.epoch import train_epoch
from affdyn_jax.examples import pad
from affdyn_jax.training import adam, new_training

ADAM = adam(6e-4, 0.9, 0.999, 1e-8)


def partition(recordings, frames):
    rng = np.random.default_rng(frames)
    features = [rng.normal(size=(frames, 3)) for _ in range(recordings)]
    gold = [np.tanh(rng.normal(size=(frames, 4))) for _ in range(recordings)]
    return pad(features, gold, [np.ones((frames, 4), bool)] * recordings)


def test_whole_epochs_of_a_single_lane_are_timed_and_the_first_one_is_left_out(monkeypatch):
    train, dev = partition(3, 20), partition(2, 10)
    weights_lk = np.full((2, 4), 0.25, np.float32)
    lanes = new_training(weights_lk, weights_lk, [0], 4, train, ADAM).lanes
    seen = []

    def watched(lane, order_n, train, dev, optimiser, patience):
        trained, scores = train_epoch(lane, order_n, train, dev, optimiser, patience)
        shape = np.array([*train.features_ntf.shape, *dev.features_ntf.shape])
        told = order_n, shape, trained.epochs, scores.dev_loss
        jax.debug.callback(lambda *values: seen.append(values), *told)
        return trained, scores

    # Beginnings and ends of four epochs that take 90 s, 5 s, 1 s and 2 s.
    clock = iter([0.0, 90.0, 100.0, 105.0, 110.0, 111.0, 120.0, 122.0])
    monkeypatch.setattr(alone, "time", SimpleNamespace(perf_counter=clock.__next__))
    monkeypatch.setattr(alone, "train_epoch", watched)
    first = jax.tree.map(lambda leaf: leaf[0], lanes)
    assert epoch_seconds(first, train, dev, ADAM) == 2.0
    jax.effects_barrier()
    assert len(seen) == 4
    for order_n, shape, epochs, dev_loss in seen:
        np.testing.assert_array_equal(order_n, [0, 1, 2])
        np.testing.assert_array_equal(shape, [3, 20, 3, 2, 10, 3])
        assert epochs == 1
        assert dev_loss == seen[0][-1]  # each starts from the same lane
