import json

import pandas as pd

from affdyn_jax.tracking.json_lines import JsonLines
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings
from tests.tracking.epochs import LANES, scored

FIRST, SECOND = "multi-h4-w0-seed0", "multi-h4-w0.5-seed0"


def test_a_line_has_the_lanes_that_trained(tmp_path):
    lines = JsonLines(tmp_path)
    lines.on_epoch(scored(1))
    lines.on_epoch(scored(3, LANES[1:]))
    first, second = (tmp_path / "epochs.jsonl").read_text().splitlines()
    assert json.loads(first) == {
        "hidden_size": 4,
        "epoch": 1,
        "lane": [FIRST, SECOND],
        "train_loss": [1.0, 2.0],
        "dev_ccc_arousal": [None, 0.5],
    }
    assert json.loads(second)["lane"] == [SECOND]
    assert json.loads(second)["train_loss"] == [0.333333]


def test_pandas_reads_them_as_the_documentation_says(tmp_path):
    lines = JsonLines(tmp_path)
    for number in (1, 2):
        lines.on_epoch(scored(number))
    table = pd.read_json(tmp_path / "epochs.jsonl", lines=True)
    table = table.explode(list(table.columns.drop(["hidden_size", "epoch"])))
    assert list(table["lane"]) == [FIRST, SECOND] * 2
    assert list(table["epoch"]) == [1, 1, 2, 2]
    assert list(table["train_loss"]) == [1.0, 2.0, 0.5, 1.5]


def test_a_run_that_starts_again_tells_all_epochs_again(tmp_path):
    for last in (3, 2, 5):
        lines = JsonLines(tmp_path)
        for number in range(1, last + 1):
            lines.on_epoch(scored(number))
    lines = (tmp_path / "epochs.jsonl").read_text().splitlines()
    epochs = [json.loads(line)["epoch"] for line in lines]
    assert epochs == [1, 2, 3, 4, 5]


def test_a_thousand_lanes_stay_small(tmp_path):
    sweep = SweepSettings(seeds=tuple(range(91)), hidden_sizes=HiddenSizes((), (64,)))
    (lanes,) = lanes_by_hidden_size(("arousal", "valence"), sweep).values()
    assert len(lanes) == 1001
    JsonLines(tmp_path).on_epoch(scored(1, lanes))
    assert (tmp_path / "epochs.jsonl").stat().st_size < 60 * len(lanes)
