import jax
import numpy as np
import pytest
from flax import nnx

from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import RunError
from affdyn_jax.method.low_pass import CENTRED, LowPass
from affdyn_jax.method.model import initial_weights, predict
from affdyn_jax.system.array_folders import claimed_bytes, write_arrays
from affdyn_jax.training.loop import predict_lanes
from affdyn_jax.workdir.weights import for_standardisation, restore_weights, save_weights

SIZES = {"feature_count": 3, "hidden_size": 4, "task_count": 2}


@pytest.fixture
def weights():
    keys = jax.random.split(jax.random.key(0), 5)
    return jax.vmap(lambda key: initial_weights(key, **SIZES))(keys)


def test_saved_weights_come_back(tmp_path, weights):
    save_weights(tmp_path / "hidden_4", weights)
    restored = restore_weights(tmp_path / "hidden_4")
    assert jax.tree.structure(restored) == jax.tree.structure(weights)
    for a, b in zip(jax.tree.leaves(restored), jax.tree.leaves(weights), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("has_low_pass", [False, True])
def test_lanes_of_all_folds_take_features_of_one_standardisation(has_low_pass):
    rng = np.random.default_rng(0)
    low_pass = LowPass(CENTRED, 2.0) if has_low_pass else None
    keys = jax.random.split(jax.random.key(1), 2)
    weights = jax.vmap(lambda key: initial_weights(key, **SIZES, low_pass=low_pass))(keys)
    own = [Standardisation(rng.normal(3, 2, 3), rng.uniform(0.1, 9, 3)) for _ in keys]
    common = Standardisation(rng.normal(3, 2, 3), rng.uniform(0.1, 9, 3))
    moved = for_standardisation(weights, own, [common] * 2)
    assert jax.tree.structure(moved) == jax.tree.structure(weights)
    raw_tf = rng.normal(3, 4, (30, 3))
    for lane, standardisation in enumerate(own):
        trained, kept = (jax.tree.map(lambda leaf, n=lane: leaf[n], w) for w in (weights, moved))
        expected = predict(trained, standardisation(raw_tf), 30, low_pass)
        found = predict(kept, common(raw_tf), 30, low_pass)
        np.testing.assert_allclose(found, expected, atol=2e-5)
        assert np.ptp(expected, axis=0).min() > 1e-3


def test_weights_of_an_earlier_version_are_the_same_network(tmp_path, weights):
    """It kept each gate by itself, and led from row to column: x W + b."""
    arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights))
    for number, layer in arrays["layers"].items():
        arrays["layers"][number] = {
            gate: {
                "input_kernel_fh": layer["input_kernel_ghf"][:, place].transpose(0, 2, 1),
                "input_bias_h": layer["input_bias_gh"][:, place],
                "recurrent_kernel_hh": layer["recurrent_kernel_ghh"][:, place].transpose(0, 2, 1),
                "recurrent_bias_h": layer["recurrent_bias_gh"][:, place],
            }
            for place, gate in enumerate(("reset", "update", "candidate"))
        }
    write_arrays(tmp_path / "hidden_4", arrays, {})
    restored = restore_weights(tmp_path / "hidden_4")
    assert jax.tree.structure(restored) == jax.tree.structure(weights)
    for a, b in zip(jax.tree.leaves(restored), jax.tree.leaves(weights), strict=True):
        np.testing.assert_array_equal(a, b)
    del arrays["layers"][1]["update"]["input_bias_h"]
    write_arrays(tmp_path / "hidden_4", arrays, {})
    with pytest.raises(RunError, match="no weights as this version writes them"):
        restore_weights(tmp_path / "hidden_4")


def test_saving_again_replaces(tmp_path, weights):
    save_weights(tmp_path / "hidden_4", weights)
    doubled = jax.tree.map(lambda leaf: 2 * leaf, weights)
    save_weights(tmp_path / "hidden_4", doubled)
    restored = restore_weights(tmp_path / "hidden_4")
    np.testing.assert_array_equal(restored["head_bias_k"][...], doubled["head_bias_k"][...])


def test_restored_weights_predict_as_before(tmp_path, weights):
    features = list(np.random.default_rng(0).normal(size=(2, 9, 3)))
    examples = pad(features, np.zeros((2, 9, 2)), np.ones((2, 9, 2)))
    save_weights(tmp_path / "hidden_4", weights)
    np.testing.assert_array_equal(
        predict_lanes(restore_weights(tmp_path / "hidden_4"), examples),
        predict_lanes(weights, examples),
    )


def test_no_weights(tmp_path):
    with pytest.raises(RunError, match="hidden_4: no weights"):
        restore_weights(tmp_path / "hidden_4")


def test_damaged_weights_are_refused(tmp_path, weights):
    folder = tmp_path / "hidden_4"
    save_weights(folder, weights)
    largest = max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    with pytest.raises(RunError, match=rf"{largest.name}: the file is not as it was written"):
        restore_weights(folder)


def test_weights_that_are_sealed_but_none_are_refused(tmp_path, weights):
    """As somebody might hand them on: a seal tells accidents only."""
    arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights))
    for altered in (
        {"head_kernel_hk": arrays["head_kernel_hk"]},
        arrays | {"head_bias_k": arrays["head_bias_k"][:, :-1]},
        arrays | {"head_bias_k": arrays["head_bias_k"].astype(np.float64)},
        arrays | {"more": np.zeros(1, np.float32)},
    ):
        write_arrays(tmp_path / "hidden_4", altered, {})
        with pytest.raises(RunError, match="hidden_4: no weights as this version writes them"):
            restore_weights(tmp_path / "hidden_4")


def test_what_weights_claim_is_what_they_take(tmp_path, weights):
    save_weights(tmp_path / "hidden_4", weights)
    bytes_of_all = sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(weights))
    assert claimed_bytes(tmp_path / "hidden_4") == bytes_of_all
