"""The time of one lane by itself."""

import functools
import time

import jax
import numpy as np
import pytest

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


def lane(train):
    weights_lk = np.full((1, 4), 0.25, np.float32)
    training = new_training(weights_lk, weights_lk, [0], 4, train, ADAM)
    return jax.tree.map(lambda leaf: leaf[0], training.lanes)


def test_an_epoch_has_all_steps_and_the_dev_pass(monkeypatch):
    train, dev = partition(3, 20), partition(2, 10)
    seen = []

    def watched(lane, order_n, train, dev, optimiser, patience):
        trained, scores = train_epoch(lane, order_n, train, dev, optimiser, patience)
        jax.debug.callback(lambda *told: seen.append(told), order_n, trained.epochs, scores)
        return trained, scores

    monkeypatch.setattr(alone, "train_epoch", watched)
    start = time.perf_counter()
    seconds = epoch_seconds(lane(train), train, dev, ADAM)
    assert 0 < 3 * seconds < time.perf_counter() - start
    jax.effects_barrier()
    assert len(seen) == 4  # one that compiles, three that are timed
    epoch = jax.jit(functools.partial(train_epoch, optimiser=ADAM, patience=1))
    _, expected = epoch(lane(train), np.arange(3, dtype=np.int32), train, dev)
    for order_n, epochs, scores in seen:
        np.testing.assert_array_equal(np.ravel(order_n), [0, 1, 2])
        assert epochs == 1
        assert scores.dev_loss == pytest.approx(expected.dev_loss, abs=1e-6)


def test_longer_recordings_take_longer():
    short, long = (
        epoch_seconds(lane(train), train, partition(1, 10), ADAM)
        for train in (partition(4, 20), partition(40, 400))
    )
    assert long > 3 * short  # of 200 times as many frames
