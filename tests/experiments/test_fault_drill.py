"""The drill's short form: a fault of each of three kinds, and the same results."""

import random

from experiments.fault_drill import Drill


def test_faults_of_three_kinds(tmp_path, monkeypatch):
    # Programs compile sooner.
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    drill = Drill(tmp_path, random.Random(1))
    drill.kill(["checkpointing"])
    drill.stop("training")
    drill.damage_checkpoint()
    assert {"SIGTERM, training", "damaged checkpoint"} <= drill.counts.keys()
