"""The benchmark of wav2vec 2.0 on a tiny network: rows, agreement, tables."""

import json

import numpy as np
import pytest

from experiments.benchmarks import encoder


@pytest.mark.parity
def test_ours_and_pytorch_encode_the_same():
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    in_float32, in_bfloat16 = encoder.rows_of("tiny", rounds=1, window_s=0.1)
    peer, ours = in_float32
    assert (peer["program"], ours["program"]) == ("pytorch_sdpa", "ours")
    assert peer["error"] == 0 and 0 < ours["error"] < 1e-4
    # bfloat16 has 8 bits.
    assert all(1e-4 < row["error"] < 0.1 for row in in_bfloat16)
    assert ours["ratio"] == pytest.approx(peer["ms_a_minute"] / ours["ms_a_minute"], rel=0.02)
    assert [row["dtype"] for row in in_bfloat16] == ["bfloat16"] * 2


def test_rows_are_written_as_they_come(monkeypatch, tmp_path, capsys):
    rows = encoder._rows(
        "tiny",
        "float32",
        ["pytorch_sdpa", "pytorch_flash_attention_2", "ours"],
        np.array([[30.0, 16.0], [20.0, 18.0], [10.0, 8.0]]),
        [0.0, 1e-3, 2e-3],
    )
    assert [row["ratio"] for row in rows] == [0.67, 1, 2]
    assert [row["on_device_ratio"] for row in rows] == [1, 0.89, 2]
    monkeypatch.setattr(encoder, "rows_of", lambda network, rounds: iter([rows[:1], rows[1:]]))
    file = tmp_path / "rows.json"
    encoder.measure(["tiny"], 1, file)
    assert json.loads(file.read_text())["rows"] == rows
    assert "| tiny | float32 | ours | 10.0 | 2.00 | 8.0 | 2.00 | 2.0e-03 |" in (
        capsys.readouterr().out.splitlines()
    )
    assert (
        file.with_suffix(".md").read_text().splitlines()[-1].startswith("| tiny | float32 | ours")
    )


def test_without_pytorch_there_are_no_ratios():
    (ours,) = encoder._rows("tiny", "float32", ["ours"], np.array([[10.0, 8.0]]), [0.0])
    assert ours["ratio"] is None and "| ours | 10.0 |  | 8.0 |  |" in encoder.table([ours])
