"""The epoch compiled for a TPU v5e."""

import pytest


@pytest.mark.accelerators
@pytest.mark.slow
def test_an_epoch_compiles(compiled_loops):
    loops = compiled_loops("tpu", "scan", 32, 11, 40)
    # The recordings; two layers forward and back, and two in the dev pass, over frames.
    assert len(loops) == 7
    # Without eight frames a turn, each frame would pay for starting a turn.
    assert sum(len(loop.launched) <= 37 for loop in loops) == 6
