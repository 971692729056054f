import dataclasses
import logging

import pytest

from affdyn_jax.training import layers_at_once
from affdyn_jax.training.devices import lane_mesh
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.layers_at_once import (
    LayerSize,
    bytes_of_a_layer,
    rounds_of_layers,
    tell_sum_of_layers,
)
from affdyn_jax.training.settings import HiddenSizes, SweepSettings

SIZE = LayerSize(recordings=64, frames=700, feature_count=1024)
SWEEP = SweepSettings((0.5,), (0,), HiddenSizes(mono=(), multi=(16,)))
LANES = lanes_by_hidden_size(("arousal", "valence"), SWEEP, layers=(0,))


def test_a_layer_takes_its_features_and_its_lanes():
    features = 64 * 700 * 1024 * 4
    of_one = bytes_of_a_layer(SIZE, LANES)
    assert features < of_one < 1.1 * features
    other_seed = [dataclasses.replace(lane, seed=1) for lane in LANES[16]]
    twice = {16: [*LANES[16], *other_seed]}
    assert bytes_of_a_layer(SIZE, twice) - of_one == pytest.approx(of_one - features)
    # Hidden sizes train one after the other.
    assert bytes_of_a_layer(SIZE, {4: LANES[16], 16: LANES[16]}) == of_one


@pytest.mark.parametrize(
    ("fitting", "rounds", "said"),
    [
        (25.0, [tuple(range(25))], "all at once"),
        (24.9, [tuple(range(13)), tuple(range(13, 25))], "13 at once, in 2 rounds"),
        (9.0, [tuple(range(9)), tuple(range(9, 18)), tuple(range(18, 25))], "9 at once, in 3"),
        (0.1, [(n,) for n in range(25)], "1 at once, in 25 rounds"),
    ],
)
def test_as_many_layers_as_fit_are_in_a_round(monkeypatch, caplog, fitting, rounds, said):
    memory = fitting * bytes_of_a_layer(SIZE, LANES)
    monkeypatch.setattr(layers_at_once, "device_bytes", lambda: memory)
    caplog.set_level(logging.INFO)
    assert rounds_of_layers(range(25), SIZE, LANES) == rounds
    assert said in caplog.text and "25 layer(s) of 1024 features: 0.1" in caplog.text
    assert ("1 layer(s) at once may not fit into memory" in caplog.text) == (fitting < 1)


@pytest.mark.parametrize(("earlier", "fitting"), [(13, 25.0), (7, 9.0), (9, 2.0), (25, 24.9)])
def test_rounds_stay_as_they_began_and_a_doubt_is_told(monkeypatch, caplog, earlier, fitting):
    memory = fitting * bytes_of_a_layer(SIZE, LANES)
    monkeypatch.setattr(layers_at_once, "device_bytes", lambda: memory)
    caplog.set_level(logging.INFO)
    first, *_, last = rounds_of_layers(range(25), SIZE, LANES, earlier) * 2
    assert first == tuple(range(earlier)) and last[-1] == 24
    assert "as the run began" in caplog.text
    doubt = f"{earlier} layer(s) at once may not fit into memory"
    assert (doubt in caplog.text) == (earlier > fitting)
    assert ("begin anew in smaller rounds" in caplog.text) == (earlier > fitting)


@pytest.mark.parametrize(("memory", "warnings"), [(1.01, 0), (0.99, 1)])
def test_a_weighted_sum_counts_the_recordings_that_it_is_made_of(
    monkeypatch, caplog, memory, warnings
):
    caplog.set_level(logging.INFO)
    devices = lane_mesh(len(LANES[16])).size
    # The features of all layers, and twice a recording of theirs; lanes take a hundredth of it.
    features = 25 * 64 * 700 * 1024 * 4
    expected = features * (1 + devices * 2 / 64)
    monkeypatch.setattr(layers_at_once, "device_bytes", lambda: memory * 1.003 * expected)
    tell_sum_of_layers(25, SIZE, LANES)
    told = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(told) == warnings
    assert "weighted sum of 25 layers of 1024 features: 4.27 GiB of features" in caplog.text


def test_a_machine_has_memory():
    assert 2**28 < layers_at_once.device_bytes() < 2**50


def test_processes_of_a_machine_share_its_memory(monkeypatch):
    alone = layers_at_once.device_bytes()
    monkeypatch.setattr(layers_at_once, "count_on_this_machine", lambda: 4)
    assert layers_at_once.device_bytes() == pytest.approx(alone / 4, rel=1e-6)
