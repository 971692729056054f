"""The exported file against PyTorch's documented layout and equations, written out by hand."""

import jax
import numpy as np
import pytest

from affdyn_jax.config import read_settings
from affdyn_jax.configs import base
from affdyn_jax.errors import AffdynError, ConfigError, RunError
from affdyn_jax.method.model import initial_weights
from experiments.pytorch.export import export
from experiments.reading import read_dataset

HIDDEN, FEATURES, TASKS = 3, 40, 4


@pytest.fixture
def config(standin_root, tmp_path):
    config = base.get_config()
    config.corpus.root = str(standin_root)
    config.features.cache = str(tmp_path / "features")
    config.sweep.weights = (0.0, 0.25)
    config.sweep.seeds = (0, 7)
    config.sweep.hidden_sizes.mono = (HIDDEN,)
    config.sweep.hidden_sizes.multi = (HIDDEN, 5)
    config.training.max_epochs = 4
    config.training.patience = 2
    return config


@pytest.fixture
def exported(config, tmp_path):
    export(read_settings(config), HIDDEN, tmp_path / "sweep.npz")
    with np.load(tmp_path / "sweep.npz", allow_pickle=False) as file:
        return dict(file)


def test_layers_for_lanes_of_their_own_are_refused(config):
    config.features.name = "encoder"
    config.features.encoder.update(model="none", layers=(3, 6))
    with pytest.raises(ConfigError, match=r"features.encoder.layers=\(3, 6\), but this experiment"):
        read_dataset(read_settings(config))


def test_the_data_are_those_of_a_run(config, exported):
    examples = read_dataset(read_settings(config)).examples
    for partition in ("train", "dev"):
        for name, array in examples[partition]._asdict().items():
            np.testing.assert_array_equal(exported[f"{partition}/{name}"], array)
    assert not any(name.startswith("test/") for name in exported)


def test_lanes_and_numbers(exported):
    names = [f"{setup}-h3-w{w}" for setup in ("arousal", "valence", "multi") for w in ("0", "0.25")]
    assert exported["lane_l"].tolist() == [f"{x}-seed{seed}" for seed in (0, 7) for x in names]
    assert exported["seed_l"].tolist() == [0] * 6 + [7] * 6
    assert exported["task_k"].tolist() == [
        "arousal",
        "valence",
        "arousal_dynamics",
        "valence_dynamics",
    ]
    expected_lk = [
        [1, 0, 0, 0],
        [0.75, 0, 0.25, 0],
        [0, 1, 0, 0],
        [0, 0.75, 0, 0.25],
        [0.5, 0.5, 0, 0],
        [0.375, 0.375, 0.125, 0.125],
    ]
    np.testing.assert_array_equal(exported["task_weights_lk"], np.array(2 * expected_lk))
    assert exported["learning_rate"] == 6e-4
    assert exported["betas"].tolist() == [0.9, 0.999]
    assert exported["epsilon"] == 1e-8
    assert exported["patience"] == 2


def test_every_seed_has_an_order_for_each_epoch(exported):
    for seed in (0, 7):
        order_en = exported[f"seed{seed}/order_en"]
        assert order_en.shape == (4, 3)
        for epoch, order_n in enumerate(order_en, start=1):
            expected_n = np.random.default_rng([seed, epoch]).permutation(3)
            np.testing.assert_array_equal(order_n, expected_n)


def test_weights_are_where_pytorch_has_them(exported):
    for seed in (0, 7):
        ours = initial_weights(jax.random.key(seed), FEATURES, HIDDEN, TASKS)
        prefix = f"seed{seed}/weights/"
        theirs = {n.removeprefix(prefix): exported[n] for n in exported if n.startswith(prefix)}
        shapes = {name: array.shape for name, array in theirs.items()}
        assert shapes == {
            "gru.weight_ih_l0": (9, 40),
            "gru.weight_hh_l0": (9, 3),
            "gru.bias_ih_l0": (9,),
            "gru.bias_hh_l0": (9,),
            "gru.weight_ih_l1": (9, 3),
            "gru.weight_hh_l1": (9, 3),
            "gru.bias_ih_l1": (9,),
            "gru.bias_hh_l1": (9,),
            "head.weight": (4, 3),
            "head.bias": (4,),
        }
        for number in (0, 1):
            layer = ours["layers"][number]
            for gate in range(3):
                for h in range(HIDDEN):
                    row = HIDDEN * gate + h
                    for name, of_unit in (
                        ("weight_ih", layer["input_kernel_ghf"][gate, h]),
                        ("weight_hh", layer["recurrent_kernel_ghh"][gate, h]),
                        ("bias_ih", layer["input_bias_gh"][gate, h]),
                        ("bias_hh", layer["recurrent_bias_gh"][gate, h]),
                    ):
                        found = theirs[f"gru.{name}_l{number}"][row]
                        np.testing.assert_array_equal(found, of_unit)
        for k in range(TASKS):
            np.testing.assert_array_equal(theirs["head.weight"][k], ours["head_kernel_hk"][:, k])
        np.testing.assert_array_equal(theirs["head.bias"], ours["head_bias_k"][...])


def test_the_seeds_differ_and_lanes_of_one_share_their_weights(exported):
    first, second = (exported[f"seed{seed}/weights/gru.weight_ih_l0"] for seed in (0, 7))
    assert not np.any(first == second)
    assert sum(name.endswith("head.bias") for name in exported) == 2


def test_mistakes_are_reported_in_one_line(config, tmp_path):
    def refused(kind, hidden_size=HIDDEN, path=tmp_path / "sweep.npz"):
        with pytest.raises(AffdynError) as error:
            export(read_settings(config), hidden_size, path)
        assert type(error.value) is kind
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "hidden_size=32 is not in the sweep; it has 3 or 5" in refused(ConfigError, 32)
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(RunError, path=tmp_path / "file" / "sweep.npz")
    config.training.monitor = "state"
    assert "training.monitor='state'" in refused(ConfigError)
    assert not (tmp_path / "sweep.npz").exists()
