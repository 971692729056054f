import dataclasses
import math

import pytest

from affdyn_jax.report.caveats import caveats
from affdyn_jax.workdir.files import read_run


@pytest.fixture
def changed(run):
    """The run with other facts."""

    def change(**facts):
        return dataclasses.replace(run, facts=dataclasses.replace(run.facts, **facts))

    return change


def test_a_run_in_good_order_has_none(run):
    assert caveats(run) == []


def test_standin_data_comes_first(changed):
    warnings = caveats(changed(is_standin=True, labelled=["train", "dev"]))
    assert warnings[0].startswith("Audio and annotations were generated")
    assert len(warnings) == 3


def test_missing_test_labels(changed):
    unlabelled, few = caveats(changed(labelled=["train", "dev"]))
    assert "no test labels" in unlabelled
    assert "dev partition has only 3 recordings" in few


def test_missing_test_partition(changed, run):
    recordings = {name: run.facts.recordings[name] for name in ("train", "dev")}
    assert (
        "no test recordings"
        in caveats(changed(labelled=["train", "dev"], recordings=recordings))[0]
    )


@pytest.mark.parametrize(("count", "warned"), [(1, True), (4, True), (5, False)])
def test_few_recordings(changed, run, count, warned):
    recordings = {**run.facts.recordings, "test": run.facts.recordings["test"][:count]}
    assert (
        any(f"only {count} recording" in w for w in caveats(changed(recordings=recordings)))
        == warned
    )


@pytest.mark.parametrize(("count", "smallest"), [(1, "1.000"), (5, ".062"), (6, None)])
def test_too_few_recordings_for_any_significance(changed, run, count, smallest):
    """Of five recordings' 32 swaps two give the difference observed; of six recordings' 64."""
    recordings = {**run.facts.recordings, "test": run.facts.recordings["test"][:count]}
    (*_, warning) = ["", *caveats(changed(recordings=recordings))]
    assert ("no p-value can be below" in warning) == (smallest is not None)
    assert (smallest or "") in warning


def test_few_recordings_matter_to_no_test_where_there_is_none(changed, run):
    recordings = {**run.facts.recordings, "test": run.facts.recordings["test"][:5]}
    untested = dataclasses.replace(
        changed(recordings=recordings), selection=run.selection.assign(p_value=math.nan)
    )
    assert caveats(untested) == []


def test_single_seed(run):
    lanes = run.lanes[run.lanes["seed"] == 0]
    (warning,) = caveats(dataclasses.replace(run, lanes=lanes, pooled=lanes))
    assert "single seed" in warning


def test_two_seeds(run):
    lanes = run.lanes[run.lanes["seed"] < 2]
    (warning,) = caveats(dataclasses.replace(run, lanes=lanes, pooled=lanes))
    assert "two seeds" in warning


@pytest.mark.parametrize(
    ("w", "untrained"),
    [(0.0, "arousal dynamics and valence dynamics"), (1.0, "arousal and valence")],
)
def test_tasks_that_no_loss_weighs(run, w, untrained):
    lanes = run.lanes[run.lanes["w"] == w]
    warnings = caveats(dataclasses.replace(run, lanes=lanes))
    assert any(f"No lane was trained on {untrained}:" in warning for warning in warnings)


def test_no_state_only_models(run):
    lanes = run.lanes[run.lanes["w"] > 0]
    (warning,) = caveats(dataclasses.replace(run, lanes=lanes, pooled=lanes))
    assert "no w = 0" in warning


def test_diverged_lanes_are_counted_once(write_run, tmp_path):
    run = read_run(
        write_run(tmp_path / "run", diverging=("multi-h4-w0-seed0", "arousal-h4-w1-seed1"))
    )
    (warning,) = caveats(run)
    assert warning.startswith("2 lanes of 36 diverged")


def test_ratings_that_never_change_are_reported_by_partition(changed):
    still = {"arousal": ["Devel_01"], "arousal_dynamics": ["Devel_01", "Devel_03"]}
    train, dev = caveats(changed(constant={"train": {"valence": ["Train_02"]}, "dev": still}))
    assert "train recordings" in train
    assert "valence in Train_02. No agreement" in train
    assert "learned nothing" in train
    assert "arousal in Devel_01; arousal dynamics in Devel_01 and Devel_03. No agreement" in dev
    assert "leave them out" in dev


def test_a_dimension_without_any_score(run):
    lanes = run.lanes.copy()
    is_valence = (lanes["dimension"] == "valence") & (lanes["target"] == "state")
    lanes.loc[is_valence, "test_ccc"] = float("nan")
    (warning,) = caveats(dataclasses.replace(run, lanes=lanes, pooled=lanes))
    assert warning.startswith("The gold standard of valence never changes on test")


def test_other_arithmetic_after_an_interruption(changed):
    (warning,) = caveats(changed(arithmetic_changes=["devices 1 cpu instead of 2 cpu"]))
    assert "other arithmetic (devices 1 cpu instead of 2 cpu)" in warning


def test_folds_of_few_groups(swept_run):
    warnings = caveats(swept_run)
    assert any("The test partition has only 3 groups" in warning for warning in warnings)
    assert any("With 3 test groups no p-value can be below .250" in w for w in warnings)
    assert any("test labels have a small part in this choice" in w for w in warnings)
    assert any("1 lane of 180 diverged" in warning for warning in warnings)


def test_frames_without_a_rating(changed):
    shares = {"train": {"arousal": 0.25, "valence": 0.0625}, "test": {"valence": 0.125}}
    assert caveats(changed(unrated=shares)) == [
        "Some frames have no rating and count in no loss and no score: 25.0% of arousal in train, "
        "6.2% of valence in train and 12.5% of valence in test."
    ]


def test_doubts_about_the_ratings(changed):
    assert caveats(changed(doubts=["arousal on dev: odd; look"])) == ["Arousal on dev: odd; look."]
