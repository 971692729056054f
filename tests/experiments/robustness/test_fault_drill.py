"""The drill's short form: killed, stopped and damaged runs, and the same results."""

import random

from experiments.robustness.fault_drill import Drill


def test_killed_stopped_and_damaged_runs(tmp_path, monkeypatch):
    # Programs compile sooner.
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    drill = Drill(tmp_path, random.Random(1))
    drill.stop("training")
    drill.damage_checkpoint()
    assert {"SIGTERM, training", "damaged checkpoint"} <= drill.counts.keys()
