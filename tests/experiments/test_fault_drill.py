"""The drill's short form: one fault of each kind, and the same results."""

import random

from experiments.fault_drill import Drill


def test_one_fault_of_each_kind(tmp_path, monkeypatch):
    # Programs compile sooner.
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    drill = Drill(tmp_path, random.Random(1))
    drill.kill(["training", "checkpointing", "evaluation"])
    drill.stop("training")
    drill.damage_checkpoint()
    drill.fill_disk("checkpointing")
    befell = {
        "SIGKILL, training",
        "SIGTERM, training",
        "damaged checkpoint",
        "full disk, checkpointing",
    }
    assert befell <= drill.counts.keys()
