"""trackio's database, read back."""

import json
import sqlite3
import subprocess
import sys

import pytest

from affdyn_jax.tracking.lane_runs import lane_runs
from tests.commands import PROJECT

pytest.importorskip("trackio", reason="trackio is not installed")

# trackio reads its variables when it is imported.
_PROGRAM = """
import socket, sys
from pathlib import Path
from huggingface_hub import get_token
from affdyn_jax.tracking.lane_runs import Group
from affdyn_jax.tracking.trackio import Trackio

def connect(_, address):
    print("connects to", address)
    raise ConnectionRefusedError

socket.socket.connect = connect
assert get_token()
Trackio(Path(sys.argv[2]), Group("demo", "affdyn_jax", True)).on_end(Path(sys.argv[1]))
"""


def test_a_lane_is_a_run(trained_run, finished, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    monkeypatch.setenv("TRACKIO_SERVER_URL", "http://127.0.0.1:9/?write_token=a")
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody")
    for _ in range(2):
        ended = subprocess.run(
            [sys.executable, "-c", _PROGRAM, trained_run, tmp_path / "tracking"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == ""
    (path,) = (tmp_path / "trackio").glob("*.db")
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT run_name, step, metrics FROM metrics").fetchall()
        configs = database.execute("SELECT run_name, config FROM configs").fetchall()
    lanes = {f"STAND-IN DATA demo/{lane.name}": lane for lane in lane_runs(finished)}
    assert {name for name, _, _ in rows} == lanes.keys()
    assert len(rows) == sum(len(lane.curve) for lane in lanes.values())
    for name, step, metrics in rows:
        told, lane = json.loads(metrics), lanes[name]
        expected = dict(lane.curve[step])
        if step == lane.scores["best_epoch"]:
            expected |= lane.scores
        assert told == pytest.approx(expected)
    for name, config in configs:
        told = json.loads(config)
        assert told["_Group"] == "STAND-IN DATA demo"
        assert {key: told[key] for key in lanes[name].settings} == lanes[name].settings
