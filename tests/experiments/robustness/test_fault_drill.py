"""The drill's short form: killed, stopped and damaged runs, and the same results."""

import random

import pytest

from experiments.robustness.fault_drill import Drill


@pytest.mark.slow
def test_killed_stopped_and_damaged_runs(tmp_path):
    drill = Drill(tmp_path, random.Random(1))
    drill.stop("training")
    drill.damage_checkpoint()
    assert {"SIGTERM, training", "damaged checkpoint"} <= drill.counts.keys()
