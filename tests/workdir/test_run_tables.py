"""Tables of a run of folds, rules and swept settings, and what does not fit together."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.workdir.files import read_run
from tests.fuzzing import assert_told_in_one_line
from tests.report.conftest import _write_run


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return _write_run(
        tmp_path_factory.mktemp("tables") / "run",
        seeds=(0, 1),
        mono=(),
        multi=(4,),
        frames=8,
        fold_count=3,
        weightings=("fixed", "famo"),
        learning_rates=(6e-4, 1e-3),
        low_pass=("none", "centred"),
    )


@pytest.fixture
def swept(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "run")


def test_settings_and_folds_come_back(whole):
    run = read_run(whole)
    settings = ["weighting", "learning_rate", "low_pass"]
    for table in (run.lanes, run.history, run.pooled):
        assert set(settings) <= set(table)
    assert sorted(run.lanes["fold"].unique()) == [0, 1, 2]
    assert "fold" not in run.pooled
    assert set(run.selection) & {*settings, "fold"} == {"learning_rate", "low_pass"}
    rules = run.lanes[run.lanes["weighting"] == "famo"]
    assert rules["w"].isna().all() and run.lanes["w"].isna().sum() == len(rules)
    assert set(run.weightings["weighting"]) == {"famo"}


def change(path, **columns):
    table = pd.read_csv(path)
    for name, value in columns.items():
        table[name] = table[name].astype(object)
        table.loc[0, name] = value
    table.to_csv(path, index=False)


@pytest.mark.parametrize(
    ("file", "columns", "said"),
    [
        ("lanes.csv", {"w": np.nan}, "with w nan, though a rule or none moves it"),
        ("lanes.csv", {"weighting": "famo"}, "with w 0, though a rule"),
        ("lanes.csv", {"fold": -1}, "'-1' in column 'fold' is not a whole number"),
        ("lanes.csv", {"learning_rate": ""}, "'' in column 'learning_rate' is not a number"),
        ("pooled.csv", {"lane": "multi-h4-w0.9-seed0"}, "a row of lane 'multi-h4-w0.9-seed0'"),
        ("pooled.csv", {"learning_rate": 0.01}, "a row of lane"),
        ("history.csv", {"learning_rate": 0.01}, "a row of lane"),
        ("history.csv", {"epoch_w": 1.5}, "'1.5' in column 'epoch_w' is not a number between 0"),
        ("selection.csv", {"low_pass": "causal"}, "low_pass 'causal'"),
        ("weightings.csv", {"weighting": "dwa"}, "weighting 'dwa'"),
        ("weightings.csv", {"p_value_best": 2}, "'2' in column 'p_value_best'"),
        ("weightings.csv", {"w_best": 2}, "'2' in column 'w_best'"),
    ],
)
def test_rows_that_do_not_fit_are_named(swept, file, columns, said):
    change(swept / file, **columns)
    with pytest.raises(RunError, match=said) as caught:
        read_run(swept)
    assert_told_in_one_line(caught.value)
    assert str(swept / file) in str(caught.value)


@pytest.mark.parametrize("file", ["pooled.csv", "weightings.csv"])
def test_a_table_that_is_missing_means_an_unfinished_run(swept, file):
    (swept / file).unlink()
    with pytest.raises(RunError, match=f"{file}: missing"):
        read_run(swept)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"folds": [["Test_01", "Test_02"]]}, "'folds' do not test each recording once"),
        ({"folds": [["Test_01"], []]}, "folds is empty"),
        ({"recordings": {"dev": ["Test_01"], "test": ["Test_02"]}}, "'recordings' differ by"),
        ({"groups": {"one": ["Test_01", "nobody"]}}, "'groups' has 'nobody'"),
        ({"groups": {"one": ["Test_01"]}}, "groups"),
        ({"unrated": {"later": {"arousal": 0.1}}}, "'unrated' has 'later'"),
        ({"unrated": {"dev": {"x": 0.1}}}, "'unrated.dev' has 'x'"),
        ({"unrated": {"dev": {"arousal": 1.5}}}, "unrated"),
        ({"groups": {n: ["Test_01", "Test_02"] for n in "ab"}}, "'groups' has a name twice"),
        ({"predicting_lanes": {"arousal": "multi-h4-w0-seed9"}}, "pooled.csv: no lane"),
    ],
)
def test_facts_that_do_not_fit(swept, facts, said):
    path = swept / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))
    with pytest.raises(RunError, match=said) as caught:
        read_run(swept)
    assert_told_in_one_line(caught.value)
