import numpy as np
import pandas as pd
import pytest

from affdyn_jax.workdir.files import read_run
from affdyn_jax.workdir.traces import gold_standards_of, predicted_partitions, predictions_of
from tests.report.conftest import _write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return read_run(_write_run(folder, mono=(), multi=(4,), frames=8, test_labelled=False))


def test_all_recordings_are_one_table_as_their_files_have_them(run):
    partitions = predicted_partitions(run)
    assert partitions == ["dev", "test"]
    predictions, gold = (of(run, partitions) for of in (predictions_of, gold_standards_of))
    assert predictions.index.names == ["partition", "recording", "time"]
    assert len(predictions) == 8 * (3 + 6)
    pd.testing.assert_index_equal(predictions.index, gold.index)
    for partition, recording in (("dev", "Devel_03"), ("test", "Test_01")):
        path = run.workdir / "predictions" / partition / f"{recording}.csv"
        table = pd.read_csv(path, sep=";", index_col="timestamp").drop(columns="name")
        of_one = predictions.loc[partition, recording]
        assert list(of_one) == list(table)
        np.testing.assert_array_equal(of_one.index, table.index)
        np.testing.assert_array_equal(of_one, table)


def test_gold_standards_are_nan_where_there_are_none(run):
    gold = gold_standards_of(run, ["dev", "test"])
    assert list(gold) == ["arousal", "valence", "arousal_dynamics", "valence_dynamics"]
    assert gold.loc["test"].isna().all(axis=None)
    path = run.workdir / "gold_standard" / "dev" / "Devel_02.csv"
    table = pd.read_csv(path, sep=";", index_col="timestamp")
    np.testing.assert_array_equal(gold.loc["dev", "Devel_02"]["valence"], table["valence"])


def test_of_a_cross_validation_all_is_test(tmp_path):
    run = read_run(_write_run(tmp_path / "run", mono=(), multi=(4,), frames=8, fold_count=3))
    assert predicted_partitions(run) == ["test"]
    assert len(predictions_of(run, ["test"])) == 8 * 6
