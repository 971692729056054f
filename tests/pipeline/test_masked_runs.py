"""A whole run on ratings with gaps, of an own corpus."""

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.corpora.gold_standards import MASK_GAPS
from affdyn_jax.errors import CorpusError
from affdyn_jax.workdir.files import read_run
from tests.fuzzing import reported_faults
from tests.runs import run_config


def ccc(x, y):
    covariance = np.cov(x, y, ddof=0)
    return 2 * covariance[0, 1] / (np.trace(covariance) + (x.mean() - y.mean()) ** 2)


@pytest.fixture
def gappy(config, standin_root, tmp_path):
    """The stand-in as an own corpus: ratings of valence begin late, those of dev end early."""
    rows = ["recording,partition,audio,ratings"]
    for table in sorted((standin_root / "labels").glob("*.csv")):
        ratings = pd.read_csv(table, sep=";")
        ratings.loc[ratings["timestamp"] < 2, "valence"] = np.nan
        if table.stem.startswith("Devel"):
            ratings = ratings[ratings["timestamp"] < 8]
        ratings.to_csv(tmp_path / f"{table.stem}.csv", index=False)
        partition = {"Train": "train", "Devel": "dev", "Test": "test"}[table.stem.split("_")[0]]
        audio = standin_root / "audio" / f"{table.stem}.wav"
        rows.append(f"{table.stem},{partition},{audio},{table.stem}.csv")
    (tmp_path / "corpus.csv").write_text("\n".join(rows))
    config.corpus.update(layout="manifest", root=str(tmp_path / "corpus.csv"))
    return config


def test_gaps_are_refused(gappy, tmp_path):
    with pytest.raises(CorpusError) as caught:
        run_config(gappy, tmp_path / "run")
    faults = [str(fault) for fault in reported_faults(caught.value)]
    assert len(faults) == 7
    assert all(fault.endswith(f"or {MASK_GAPS}") for fault in faults)


def test_masked_frames_count_nowhere_and_are_predicted(gappy, tmp_path):
    gappy.corpus.gaps = "mask"
    run_config(gappy, tmp_path / "run")
    run = read_run(tmp_path / "run")
    for partition, end in (("dev", 8), ("test", 99)):
        predicted, gold = [], []
        for recording in run.facts.recordings[partition]:
            predicted.append(run.predictions(partition, recording))
            gold.append(run.gold_standard(partition, recording))
            assert len(predicted[-1]) == len(gold[-1]) >= 44
            times_t = gold[-1].index.to_numpy()
            for dimension, begin in (("arousal", 0), ("valence", 2)):
                is_rated_t = (times_t >= begin) & (times_t < end)
                np.testing.assert_array_equal(gold[-1][dimension].notna(), is_rated_t)
                is_rated_t &= times_t > begin
                np.testing.assert_array_equal(gold[-1][f"{dimension}_dynamics"].notna(), is_rated_t)
        predicted, gold = pd.concat(predicted), pd.concat(gold)
        assert predicted.notna().all(axis=None)
        for column, lane in run.facts.predicting_lanes.items():
            keep = gold[column].notna().to_numpy()
            expected = ccc(predicted[column].to_numpy()[keep], gold[column].to_numpy()[keep])
            scores = run.lanes[run.lanes["lane"] == lane].set_index(["dimension", "target"])
            dimension, _, dynamics = column.partition("_")
            score = scores.loc[(dimension, dynamics or "state"), f"{partition}_ccc"]
            assert score == pytest.approx(expected, abs=2e-4)
    assert set(run.facts.unrated) == {"train", "dev", "test"}
    assert run.facts.unrated["train"].keys() == {"valence"}
    assert "have no rating and count in no loss" in (tmp_path / "run" / "report.md").read_text()
