"""W&B's offline files, read back by W&B."""

import json
import struct

import pytest

from affdyn_jax.tracking.lane_runs import lane_runs
from affdyn_jax.tracking.wandb import WeightsAndBiases

wandb = pytest.importorskip("wandb", reason="W&B is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


def read(path):
    """The records of an offline run: seven bytes, then LevelDB's log format in blocks of 32 KiB."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, records, parts, place = path.read_bytes(), [], b"", 7
    assert content[:4] == b":W&B"
    while place < len(content):
        left = -place % 32768
        if 0 < left < 7:
            place += left
            continue
        _, length, kind = struct.unpack_from("<IHB", content, place)
        parts += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # the whole record, or its last part
            records.append(Record.FromString(parts))
            parts = b""
    return records


def test_a_lane_is_a_run_that_stays_on_this_machine(
    trained_run, finished, tmp_path, group, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "online")
    for _ in range(2):
        WeightsAndBiases(tmp_path / "tracking", group, is_online=False).on_end(trained_run)
    wandb.teardown()  # its own process has written all
    lanes = {lane.name: lane for lane in lane_runs(finished)}
    told = {}
    for path in (tmp_path / "tracking" / "wandb").glob("offline-run-*/*.wandb"):
        records = read(path)
        (run,) = [record.run for record in records if record.HasField("run")]
        assert run.display_name not in told
        told[run.display_name] = records
        assert (run.project, run.run_group) == ("affdyn_jax", "STAND-IN DATA demo")
        assert list(run.tags) == ["STAND-IN DATA"]
        lane = lanes[run.display_name]
        config = {item.key: json.loads(item.value_json) for item in run.config.update}
        assert config.items() >= dict(lane.settings).items()
        history = [
            {
                "/".join(item.nested_key) or item.key: json.loads(item.value_json)
                for item in record.history.item
            }
            for record in records
            if record.HasField("history")
        ]
        assert [row["_step"] for row in history] == list(lane.curve)
        for row in history:
            scores = lane.curve[row["_step"]]
            assert {name: row[name] for name in scores} == pytest.approx(dict(scores))
        summary = {
            "/".join(item.nested_key) or item.key: json.loads(item.value_json)
            for record in records
            if record.HasField("summary")
            for item in record.summary.update
        }
        assert {name: summary[name] for name in lane.scores} == pytest.approx(dict(lane.scores))
    assert told.keys() == lanes.keys()
