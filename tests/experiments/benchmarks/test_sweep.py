"""The command on programs that take no time: what it prints and leaves."""

import json
import time

import numpy as np
import pytest
from absl import flags

from experiments.benchmarks import sweep, sweep_figure
from experiments.benchmarks.sweep_workload import Geometry, Program


@pytest.fixture
def command(monkeypatch):
    """Runs the command on a tiny geometry, with two programs of which one knows its memory."""

    def program(peak_mib):
        return lambda workload: Program(
            lambda: time.sleep(1e-3), lambda: np.zeros((len(workload.lanes), 4)), lambda: peak_mib
        )

    # JAX may have started for other tests.
    monkeypatch.setattr(sweep, "use_cores_as_devices", lambda: None)
    monkeypatch.setitem(sweep.GEOMETRIES, "tiny", Geometry(3, 2, 20, 1))
    monkeypatch.setattr(
        sweep, "programs", lambda: {"pytorch_sequential": program(None), "ours": program(7.4)}
    )

    def run(**values):
        if not flags.FLAGS.is_parsed():
            flags.FLAGS(["benchmark"])
        values = {"models": ["tiny:8"], "rounds": 1, "steps": 1} | values
        for name, value in values.items():
            monkeypatch.setattr(flags.FLAGS[name], "value", value)
        sweep.main(None)

    return run


def test_rows_and_tables_are_written_and_drawn(command, tmp_path, capsys):
    file = tmp_path / "rows.json"
    command(lanes=["11", "33"], json=str(file))
    found = json.loads(file.read_text())
    assert "Python 3" in found["machine"]
    assert [(row["program"], row["lanes"], row["timed_lanes"]) for row in found["rows"]] == [
        ("pytorch_sequential", 11, 11),
        ("ours", 11, 11),
        ("pytorch_sequential", 33, 11),
        ("ours", 33, 33),
    ]
    assert [row["peak_mib"] for row in found["rows"]] == [None, 7, None, 7]
    tables = file.with_suffix(".md").read_text()
    assert tables.startswith(found["machine"])
    assert all(
        table in capsys.readouterr().out or table in tables for table in tables.split("\n\n")
    )
    sweep_figure.draw(found["rows"], tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_only_some_programs(command, capsys):
    command(programs=["ours"])
    printed = capsys.readouterr().out
    assert "| ours |" in printed and "pytorch_sequential |" not in printed
