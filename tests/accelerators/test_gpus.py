"""The epoch compiled for GPUs of NVIDIA: what the host starts in a step, and when it waits."""

import pytest

pytestmark = pytest.mark.accelerators

RECORDINGS = 34  # of SEWA's training partition


# 66 and 63 when this was written.
@pytest.mark.parametrize(
    ("target", "hidden_size", "lanes", "features"), [("sm_90", 32, 11, 1024), ("sm_80", 64, 99, 40)]
)
def test_a_step_launches_a_kernel_for_each_layer_and_pass(
    compiled_loops, target, hidden_size, lanes, features
):
    # No loop over frames is left.
    (steps,) = compiled_loops(target, "fused", hidden_size, lanes, features)
    assert (steps.turns, steps.inner) == (RECORDINGS, 0)
    assert len(steps.calls) == 4
    assert all(call.startswith("triton_kernel_call") for call in steps.calls)
    assert len(steps.launched) <= 70


def test_without_the_kernel_the_host_knows_how_many_turns_there_are(compiled_loops):
    loops = compiled_loops("sm_90", "scan", 32, 11, 40)
    over_frames = [loop for loop in loops if loop.turns != RECORDINGS]
    # Two layers forward and back, and two in the dev pass, of eight frames a turn.
    assert [loop.turns for loop in over_frames] == [707 // 8] * 6
    assert all(len(loop.launched) <= 18 for loop in over_frames)
