import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affdyn_jax.method.tasks import Task, task_weights, tasks_of

DIMENSIONS = ("arousal", "valence")


def test_tasks_are_all_states_then_all_dynamics():
    assert tasks_of(DIMENSIONS) == (
        Task("arousal", "state"),
        Task("valence", "state"),
        Task("arousal", "dynamics"),
        Task("valence", "dynamics"),
    )


def test_columns_are_named_after_tasks():
    assert [task.column for task in tasks_of(("arousal",))] == ["arousal", "arousal_dynamics"]


@given(st.floats(0, 1), st.sets(st.sampled_from(("arousal", "valence", "liking")), min_size=1))
def test_task_weights_sum_to_one_and_leave_others_out(w, lane_dimensions):
    dimensions = ("arousal", "valence", "liking")
    weights_k = task_weights(sorted(lane_dimensions), w, dimensions)
    assert weights_k.sum() == pytest.approx(1, abs=1e-6)
    for task, weight in zip(tasks_of(dimensions), weights_k, strict=True):
        expected = {"state": 1 - w, "dynamics": w}[task.target] / len(lane_dimensions)
        if task.dimension not in lane_dimensions:
            expected = 0
        assert weight == np.float32(expected)
