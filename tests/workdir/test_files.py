import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.errors import AffdynError, RunError
from affdyn_jax.evaluation.comparison import COLUMNS
from affdyn_jax.workdir import files
from tests.fuzzing import ANYTHING, assert_told_in_one_line, damaged, examples

FACTS = files.RunFacts(
    corpus="C",
    is_standin=False,
    features="mfb",
    feature_count=40,
    dimensions=("arousal",),
    frame_rate=4.0,
    annotation_delay=0.0,
    recordings={"dev": ["d"]},
    frames={"dev": 2},
    labelled=["dev"],
    constant={},
    predicting_lanes={"arousal": "a"},
    seconds={"training": 1.5},
    hardware="1 cpu",
    versions={"jax": "0"},
    training_seconds={"16": 1.5},
    epoch_seconds_together={"16": 0.5},
    epoch_seconds_alone={"16": 0.25},
    epoch_seconds_spread={"16": 1.0},
)
CONFIG = {
    "sweep": {"seeds": (0, 1)},
    "training": {"max_epochs": 9, "patience": 3, "monitor": "loss"},
}


@pytest.fixture
def finished(tmp_path):
    files.write_text(tmp_path / "config.json", json.dumps(CONFIG))
    lane = {"lane": "a", "setup": "arousal", "hidden_size": 16, "w": 0.0, "seed": 0}
    task = {"dimension": "arousal", "target": "state"}
    scores = {"dev_ccc": 0.1234567, "test_ccc": np.nan}
    per_recording = {f"{score}_per_recording": 0.5 for score in scores}
    epochs = {"best_epoch": 3, "epochs": 9, "diverged": False}
    curve = {"epoch": 1, "train_loss": 0.5, "dev_loss": 0.6}
    curve |= {"dev_ccc_arousal": 0.1, "dev_ccc_arousal_dynamics": 0.2}
    chosen = {"seeds": 1, "seeds_w0": 1, "chosen": True}
    chosen |= {f"{score}{kind}": np.nan for score in scores for kind in ("_ci", "_w0", "_ci_w0")}
    chosen |= dict.fromkeys(COLUMNS, np.nan)
    for name, row in (
        ("lanes.csv", lane | task | scores | per_recording | epochs),
        ("history.csv", lane | curve),
        (
            "selection.csv",
            lane | task | scores | chosen,
        ),
    ):
        files.write_table(tmp_path, name, pd.DataFrame([row]))
    traces = {"arousal": np.array([0.5, -0.25]), "arousal_dynamics": np.array([np.nan, -3.0])}
    times_t = np.array([0.0, 0.25])
    files.write_predictions(tmp_path, "dev", "d", times_t, traces)
    files.write_gold_standard(tmp_path, "dev", "d", times_t, traces)
    files.write_facts(tmp_path, FACTS)
    return tmp_path


def test_what_is_written_is_read(finished):
    run = files.read_run(finished)
    assert run.facts == FACTS
    assert run.config["sweep"] == {"seeds": [0, 1]}
    assert run.systems is None
    assert run.lanes["dev_ccc"].tolist() == [0.123457]
    assert run.lanes["diverged"].tolist() == [False]
    for frame in (run.predictions("dev", "d"), run.gold_standard("dev", "d")):
        assert list(frame.columns) == ["arousal", "arousal_dynamics"]
        np.testing.assert_array_equal(frame.index, [0, 0.25])
        np.testing.assert_array_equal(frame["arousal_dynamics"], [np.nan, -3])


def test_a_run_of_a_version_that_measured_less_is_read(finished):
    facts = json.loads((finished / "run.json").read_text())
    del facts["epoch_seconds_together"], facts["epoch_seconds_spread"]
    (finished / "run.json").write_text(json.dumps(facts))
    assert files.read_run(finished).facts.epoch_seconds_together == {}
    del facts["training_seconds"], facts["epoch_seconds_alone"], facts["agreement"]
    (finished / "run.json").write_text(json.dumps(facts))
    assert files.read_run(finished).facts.training_seconds == {}


def test_predictions_are_in_avecs_format_and_private(finished):
    path = finished / "predictions" / "dev" / "d.csv"
    assert path.read_text().splitlines() == [
        "name;timestamp;arousal;arousal_dynamics",
        "'d';0.000000;0.500000;",
        "'d';0.250000;-0.250000;-3.000000",
    ]
    assert path.stat().st_mode & 0o077 == 0


def test_tables_have_six_decimals_and_empty_fields(tmp_path):
    table = pd.DataFrame({"lane": ["a", "b"], "dev_ccc": [0.1234567, np.nan]})
    files.write_table(tmp_path, "lanes.csv", table)
    assert (tmp_path / "lanes.csv").read_text() == "lane,dev_ccc\na,0.123457\nb,\n"


@pytest.mark.parametrize("name", ["lanes.csv", "history.csv", "selection.csv"])
@pytest.mark.parametrize(
    ("content", "said"),
    [("lane,w\n", "no column"), ("", "cannot be read"), ("a\n1,2\n3,4,5\n", "cannot be read")],
)
def test_tables_of_another_form_are_named(finished, name, content, said):
    (finished / name).write_text(content)
    with pytest.raises(RunError, match=f"{name}.*{said}") as caught:
        files.read_run(finished)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["run.json", "lanes.csv", "config.json"])
def test_unfinished_runs_are_named(finished, missing):
    (finished / missing).unlink()
    with pytest.raises(RunError, match=f"{missing}: missing, so .* no finished run"):
        files.read_run(finished)


@pytest.mark.parametrize(
    "config",
    [
        *("{}", '{"training": 3}', '{"training": {"patience": 1}}'),
        json.dumps(CONFIG | {"dynamics": {"smoothing": "moving_average"}}),
    ],
)
def test_a_config_that_is_none(finished, config):
    (finished / "config.json").write_text(config)
    with pytest.raises(RunError, match="cannot be read"):
        files.read_run(finished)


def test_standin_data_is_marked(tmp_path):
    files.mark_standin(tmp_path)
    assert "STAND-IN DATA" in (tmp_path / "STAND-IN DATA.txt").read_text()


def test_no_folder(tmp_path):
    with pytest.raises(RunError, match="nothing: no such folder"):
        files.read_run(tmp_path / "nothing")


@pytest.mark.parametrize("content", ["{", "[]", '{"corpus": 1}', json.dumps({"dimensions": 3})])
def test_damaged_facts(finished, content):
    (finished / "run.json").write_text(content)
    with pytest.raises(RunError, match="cannot be read") as caught:
        files.read_run(finished)
    assert "\n" not in str(caught.value)


DAMAGED = ("run.json", "config.json", "lanes.csv", "history.csv", "selection.csv")


@pytest.mark.parametrize("name", DAMAGED)
@examples(40, 3000)
def test_a_damaged_run_is_read_or_refused_in_one_line(finished, name, examples):
    content = (finished / name).read_bytes()

    @settings(deadline=None, max_examples=examples, database=None)
    @given(damaged(content) | st.binary(max_size=100))
    def read(content):
        (finished / name).write_bytes(content)
        try:
            run = files.read_run(finished)
        except RunError as error:
            assert str(error).startswith(str(finished))
            assert_told_in_one_line(error)
        else:
            assert all(isinstance(value, float) for value in run.facts.seconds.values())

    read()


@examples(100, 5000)
def test_facts_of_another_kind_are_refused_in_one_line(finished, examples):
    facts = dataclasses.asdict(FACTS)

    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.sampled_from(sorted(facts)), ANYTHING)
    def read(field, value):
        (finished / "run.json").write_text(json.dumps(facts | {field: value}))
        try:
            run = files.read_run(finished)
        except RunError as error:
            assert_told_in_one_line(error)
        else:
            assert isinstance(getattr(run.facts, field), type(getattr(FACTS, field)) | int)

    read()


@examples(60, 3000)
def test_damaged_predictions_are_read_or_refused_in_one_line(finished, examples):
    path = finished / "predictions" / "dev" / "d.csv"
    run = files.read_run(finished)

    @settings(deadline=None, max_examples=examples, database=None)
    @given(damaged(path.read_bytes()))
    def read(content):
        path.write_bytes(content)
        try:
            run.predictions("dev", "d")
        except AffdynError as error:
            assert str(error).startswith(f"{path}:")
            assert_told_in_one_line(error)

    read()


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("lanes.csv", "\n", "\n", "no rows"),
        ("lanes.csv", "a,arousal,16", "a,valence,16", "'valence' in column 'setup' is not one of"),
        ("history.csv", "a,arousal,16", "b,arousal,16", "lane 'b', .* of which lanes.csv has none"),
        ("selection.csv", ",16,", ",17,", "hidden_size 17, .* of which lanes.csv has none"),
        ("run.json", '"a"', '"b"', "no lane 'b', which run.json names"),
    ],
)
def test_files_that_do_not_fit_each_other(finished, name, old, new, said):
    content = (finished / name).read_text()
    changed = content.replace(old, new) if old != new else content.splitlines()[0] + new
    (finished / name).write_text(changed)
    with pytest.raises(RunError, match=said) as caught:
        files.read_run(finished)
    assert_told_in_one_line(caught.value)


def test_a_row_that_is_there_twice(finished):
    for name in ("lanes.csv", "history.csv", "selection.csv"):
        content = (finished / name).read_text()
        (finished / name).write_text(content + content.splitlines()[1] + "\n")
        with pytest.raises(RunError, match=rf"{name}: two rows of"):
            files.read_run(finished)
        (finished / name).write_text(content)


def test_numbers_that_are_none_are_reported_by_column(finished):
    content = (finished / "lanes.csv").read_text()
    (finished / "lanes.csv").write_text(content.replace("0.123457", "high"))
    with pytest.raises(RunError, match=r"lanes\.csv:2: 'high' in column 'dev_ccc' is not a num"):
        files.read_run(finished)


def test_json_nested_too_deep_is_refused(finished):
    (finished / "run.json").write_text("[" * 100_000)
    with pytest.raises(RunError, match="cannot be read"):
        files.read_run(finished)
