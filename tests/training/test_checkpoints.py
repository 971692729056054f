"""Checkpoints: the newest whole state comes back bit by bit, and only to the data it is of."""

import functools
import itertools
import logging
import os
import resource
import shutil

import jax
import numpy as np
import pytest

from affdyn_jax.dataset.examples import pad
from affdyn_jax.errors import RunError
from affdyn_jax.system.checksums import read_seal, write_seal
from affdyn_jax.training.checkpoints import Checkpoints
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.loop import new_training, train_lanes
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import whole_partitions
from affdyn_jax.training.settings import TrainingSettings

SETTINGS = TrainingSettings(learning_rate=0.01, max_epochs=4, patience=9)
SEEDS = (0, 1)
TASK_WEIGHTS = np.array([[1, 0], [0.5, 0.5]] * len(SEEDS), np.float32)


def partition(seed):
    rng = np.random.default_rng(seed)
    features = [rng.normal(size=(frames, 3)) for frames in (12, 9)]
    gold = [np.tanh(np.cumsum(f[:, :2], axis=0) / 3) for f in features]
    return pad(features, gold, [np.ones((len(f), 2), bool) for f in features])


TRAIN, DEV = partition(1), partition(2)
DATA, PARTS = whole_partitions(TRAIN, DEV, SEEDS), Parts(SETTINGS)


@functools.cache
def new(lanes_reversed=False):
    weights = TASK_WEIGHTS[::-1].copy() if lanes_reversed else TASK_WEIGHTS
    return new_training(fixed_lanes(weights, weights, SETTINGS), DATA, 4, PARTS)


@pytest.fixture(scope="module")
def states():
    """The states after 1, 2, 3 and 4 epochs."""
    kept = []
    train_lanes(new(), DATA, PARTS, lambda epoch: kept.append(epoch.state()))
    return kept


ARITHMETIC = {"devices": "2 cpu", "jax": "1.0"}


def keep(folder, states, **changed):
    with Checkpoints(folder, new(), DATA, ARITHMETIC | changed) as checkpoints:
        checkpoints.latest()
        for state in states:
            checkpoints.save(state, 2.5 * state.epoch)


def found(folder):
    with Checkpoints(folder, new(), DATA, ARITHMETIC) as checkpoints:
        return checkpoints.latest()


def are_equal(one, other):
    leaves = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return jax.tree.structure(one) == jax.tree.structure(other) and all(
        a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True) for a, b in leaves
    )


def test_without_checkpoints_training_starts_at_the_beginning(tmp_path):
    state, seconds = found(tmp_path / "hidden_4")
    assert (state.epoch, seconds) == (0, 0.0)
    assert are_equal(state, new())


def test_the_newest_comes_back_and_two_are_kept(tmp_path, states):
    keep(tmp_path, states)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3", "4"]
    state, seconds = found(tmp_path)
    assert (state.epoch, seconds) == (4, 10.0)
    assert are_equal(state, states[3])


def test_a_state_may_change_while_it_is_written(tmp_path, states):
    state = jax.tree.map(np.copy, states[0])
    with Checkpoints(tmp_path, new(), DATA, ARITHMETIC) as checkpoints:
        checkpoints.save(state, 1.0)
        for leaf in jax.tree.leaves(state):
            leaf[...] = 0
    assert are_equal(found(tmp_path).state, states[0])


def damage(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)


def test_each_damaged_file_is_named_and_the_checkpoint_before_it_used(tmp_path, states, caplog):
    keep(tmp_path / "whole", states[:2])
    names = [p.relative_to(tmp_path / "whole") for p in (tmp_path / "whole" / "2").rglob("*")]
    names = [name for name in names if (tmp_path / "whole" / name).is_file()]
    assert len(names) > 4
    ways = (damage, lambda path: os.truncate(path, 1), os.unlink)
    for number, (name, spoil) in enumerate(itertools.product(names, ways)):
        folder = shutil.copytree(tmp_path / "whole", tmp_path / f"{number}")
        spoil(folder / name)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            state, _ = found(folder)
        assert are_equal(state, states[0])
        assert f"{folder / name}: " in caplog.text or f"{folder / '2' / 'seal.json'}" in caplog.text
        assert "using the checkpoint before it" in caplog.text
        assert not (folder / "2").exists()


def test_all_damaged_is_the_beginning(tmp_path, states):
    keep(tmp_path, states[:2])
    for epoch in ("1", "2"):
        damage(tmp_path / epoch / "_METADATA")
    assert found(tmp_path).state.epoch == 0
    assert not list(tmp_path.iterdir())


def test_what_was_being_written_is_removed(tmp_path, states):
    keep(tmp_path, states[:1])
    (tmp_path / "2.being-written").mkdir()
    (tmp_path / "2.being-written" / "_METADATA").touch()
    (tmp_path / "3.being-written.orbax-checkpoint-tmp-17").mkdir()
    assert found(tmp_path).state.epoch == 1
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


@pytest.mark.parametrize("what", ["features", "gold standard", "task weights", "dev"])
def test_a_state_of_other_data_is_refused(tmp_path, states, what):
    keep(tmp_path, states[:1])
    start, train, dev = new(), TRAIN, DEV
    if what == "features":
        train = train._replace(features_ntf=np.nextafter(train.features_ntf, np.float32(9)))
    elif what == "gold standard":
        train = train._replace(gold_ntk=-train.gold_ntk)
    elif what == "dev":
        dev = dev._replace(frames_n=dev.frames_n - 1)
    else:
        start = new(lanes_reversed=True)
    with (
        Checkpoints(
            tmp_path, start, DATA._replace(train=train, dev=dev), ARITHMETIC
        ) as checkpoints,
        pytest.raises(RunError, match=r"1: this checkpoint was trained on other data.*--resume"),
    ):
        checkpoints.latest()
    assert found(tmp_path).state.epoch == 1


def test_other_arithmetic_is_reported_once_and_kept_in_the_record(tmp_path, states, caplog):
    keep(tmp_path, states[:1])
    keep(tmp_path, states[1:2], devices="1 cpu")
    (told,) = caplog.messages
    assert f"{tmp_path / '1'}: continuing with other arithmetic (devices 1 cpu instead of 2" in told
    with Checkpoints(tmp_path, new(), DATA, ARITHMETIC | {"jax": "1.1"}) as checkpoints:
        assert are_equal(checkpoints.latest().state, states[1])
        assert checkpoints.changes == [
            "devices 1 cpu instead of 2 cpu",
            "devices 2 cpu instead of 1 cpu",
            "jax 1.1 instead of 1.0",
        ]


def test_the_same_arithmetic_is_not_worth_a_word(tmp_path, states, caplog):
    keep(tmp_path, states[:1])
    with Checkpoints(tmp_path, new(), DATA, ARITHMETIC) as checkpoints:
        checkpoints.latest()
        assert checkpoints.changes == []
    assert not caplog.messages


@pytest.mark.parametrize("changed", ["x64", "prng"])
def test_other_kinds_of_numbers_are_refused_by_name(tmp_path, states, changed):
    keep(tmp_path, states[:1])
    other = jax.enable_x64(True) if changed == "x64" else jax.default_prng_impl("rbg")
    name = {"x64": "JAX_ENABLE_X64 True instead of False"}.get(
        changed, "JAX_DEFAULT_PRNG_IMPL rbg instead of threefry2x32"
    )
    with other, pytest.raises(RunError, match=f"cannot be continued with {name}; set that as"):
        found(tmp_path)


def test_last_digits_of_initial_weights_are_arithmetic(tmp_path, states):
    keep(tmp_path, states[:1])
    start = new()
    weights = jax.tree.map(
        lambda leaf: np.nextafter(leaf, np.float32(9)), start.lane_states.weights
    )
    lane_states = start.lane_states._replace(weights=weights, best_weights=weights)
    start = start._replace(lane_states=lane_states)
    with Checkpoints(tmp_path, start, DATA, ARITHMETIC) as checkpoints:
        assert are_equal(checkpoints.latest().state, states[0])


@pytest.mark.parametrize(
    "changed",
    [
        lambda facts: {"made_from": "", "seconds": 1.0},
        lambda facts: facts | {"weights": ["['gru'].reset", *facts["weights"][1:]]},
    ],
    ids=["without most facts", "with other weights"],
)
def test_a_checkpoint_of_an_earlier_version(tmp_path, states, changed):
    keep(tmp_path, states[:1])
    facts = read_seal(tmp_path / "1")
    (tmp_path / "1" / "seal.json").unlink()
    write_seal(tmp_path / "1", changed(facts))
    with pytest.raises(RunError, match="of an earlier version of affdyn_jax; begin anew"):
        found(tmp_path)


def test_a_full_disk_is_reported_and_the_checkpoint_before_it_stays(tmp_path, states):
    keep(tmp_path, states[:1])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(RunError, match=r"2: cannot be written .*free the disk"):
            keep(tmp_path, states[1:2])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert are_equal(found(tmp_path).state, states[0])


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"hidden_4: cannot be written \(Not a directory\)"):
        Checkpoints(tmp_path / "file" / "hidden_4", new(), DATA, ARITHMETIC)
