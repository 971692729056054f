import jax
import numpy as np
import pytest

from affdyn_jax.method.model import initial_weights, predict
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.prediction.ensemble import PredictingLanes

FEATURES = 3
TASKS = tasks_of(("arousal", "valence"))
AROUSAL, VALENCE, AROUSAL_DYNAMICS, _ = TASKS


@pytest.fixture(scope="module")
def weights():
    sizes = {"a": 2, "b": 5, "c": 2}
    return {
        lane: initial_weights(jax.random.key(number), FEATURES, size, len(TASKS))
        for number, (lane, size) in enumerate(sizes.items())
    }


@pytest.fixture(scope="module")
def features_tf():
    return np.random.default_rng(0).normal(size=(150, FEATURES)).astype(np.float32)


@pytest.fixture(scope="module")
def expected(weights, features_tf):
    """Each lane by itself and in one piece, by the program of training: shape (T, K)."""
    return {
        lane: np.asarray(predict(of_lane, features_tf, len(features_tf)))
        for lane, of_lane in weights.items()
    }


@pytest.mark.parametrize("piece", [1, 31, 32, 33, 150])
def test_lanes_of_several_sizes_continue_from_piece_to_piece(weights, features_tf, expected, piece):
    lanes_of = {VALENCE: ("b",), AROUSAL: ("a", "c", "b"), AROUSAL_DYNAMICS: ("c",)}
    lanes = PredictingLanes(weights, lanes_of, TASKS)
    carried, pieces = lanes.begin(), []
    for start in range(0, len(features_tf), piece):
        predictions_tc, carried = lanes.continue_from(features_tf[start : start + piece], carried)
        pieces.append(predictions_tc)
    mean_t = sum(expected[lane][:, 0] for lane in "abc") / 3
    expected_tc = np.stack([expected["b"][:, 1], mean_t, expected["c"][:, 2]], axis=1)
    np.testing.assert_allclose(np.concatenate(pieces), expected_tc, rtol=0, atol=1e-6)


def test_no_frames_change_nothing(weights, features_tf):
    lanes = PredictingLanes(weights, {AROUSAL: ("a",)}, TASKS)
    predictions_tc, carried = lanes.continue_from(features_tf[:0], lanes.begin())
    assert predictions_tc.shape == (0, 1)
    assert not any(np.asarray(state).any() for state in jax.tree.leaves(carried))
