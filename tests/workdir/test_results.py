"""What is written of lanes whose predictions are made up."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.settings import DynamicsSettings
from affdyn_jax.dataset.splits import corpus_split
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.loop import empty_history, new_training
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.sweep import training_data
from affdyn_jax.training.trained_lanes import TrainedLanes
from affdyn_jax.workdir.results import write_results

DIMENSIONS = ("valence", "arousal")  # not in the order of the alphabet
COLUMNS = ("valence", "arousal", "valence_dynamics", "arousal_dynamics")
FRAMES = 8


@pytest.fixture
def dataset():
    rng = np.random.default_rng(0)

    def partition():
        gold_tk = rng.uniform(-1, 1, size=(FRAMES, 4))
        valid_tk = np.ones((FRAMES, 4), bool)
        valid_tk[0, 2:] = False
        return pad([rng.normal(size=(FRAMES, 2))], [gold_tk], [valid_tk])

    names = {"train": ("a",), "dev": ("b",), "test": ("c",)}
    examples = {name: partition() for name in names}
    return Dataset(
        dimensions=DIMENSIONS,
        frame_rate=4.0,
        annotation_delay=0.0,
        feature_names=("x", "y"),
        names=names,
        groups=names,
        examples=examples,
        splits=(corpus_split(examples),),
        labelled=frozenset(("train", "dev", "test")),
        standardisation=fit_standardisation(np.eye(2)),
        constant={},
    )


def trained(dataset, weights=(0.0, 0.5, 1.0)):
    """Lanes of which w = 0 is nearest to all gold standards, and w = 1 to none."""
    lanes = tuple(Lane("multi", DIMENSIONS, 3, w, 0) for w in weights)
    task_weights_lk = np.full((len(lanes), 4), 0.25, np.float32)
    settings = TrainingSettings()
    start = new_training(
        fixed_lanes(task_weights_lk, task_weights_lk, settings),
        training_data(lanes, dataset),
        hidden_size=3,
        parts=Parts(settings),
    )
    rng = np.random.default_rng(1)

    def predictions(partition):
        gold_ntk = dataset.examples[partition].gold_ntk
        noise = np.array([0.01, 0.3, 1.0])[: len(lanes), None, None, None]
        # Dynamics are predicted best, then valence: the order of scores is not that of columns.
        task_noise_k = np.array([0.5, 1.0, 0.2, 0.1])
        drawn = rng.normal(size=(len(lanes), *gold_ntk.shape))
        return (gold_ntk + noise * task_noise_k * drawn).astype(np.float32)

    return TrainedLanes(
        lanes,
        start.lane_states,
        empty_history(1, len(lanes), 4),
        {partition: predictions(partition) for partition in ("dev", "test")},
        seconds=1.0,
    )


def written(folder, kind, partition, recording):
    path = folder / kind / partition / f"{recording}.csv"
    times_t, values_tc, columns = read_trace(path, recording, blank_is_nan=True)
    return times_t, dict(zip(columns, values_tc.T, strict=True))


def test_columns_come_in_the_order_of_the_dimensions_then_dynamics(dataset, tmp_path):
    lanes = write_results(tmp_path, dataset, [trained(dataset)]).predicting_lanes
    assert tuple(lanes) == COLUMNS
    for kind in ("predictions", "gold_standard"):
        for partition, recording in (("dev", "b"), ("test", "c")):
            assert tuple(written(tmp_path, kind, partition, recording)[1]) == COLUMNS


def test_lanes_that_do_not_train_a_task_predict_it_not(dataset, tmp_path):
    # w = 0 agrees best with all gold standards, those of dynamics too.
    lanes = write_results(tmp_path, dataset, [trained(dataset)]).predicting_lanes
    assert [lanes[column] for column in COLUMNS] == [
        *["multi-h3-w0-seed0"] * 2,
        *["multi-h3-w0.5-seed0"] * 2,
    ]


def test_a_sweep_of_states_alone_writes_states_alone(dataset, tmp_path):
    sweep = [trained(dataset, weights=(0.0,))]
    lanes = write_results(tmp_path, dataset, sweep).predicting_lanes
    assert tuple(lanes) == tuple(written(tmp_path, "predictions", "dev", "b")[1]) == DIMENSIONS


def test_smoothed_dynamics_are_scored_against_the_unsmoothed_ones_too(dataset, tmp_path):
    sweep = [trained(dataset)]
    write_results(tmp_path / "plain", dataset, sweep)
    settings = DynamicsSettings("moving_average")
    write_results(tmp_path / "run", dataclasses.replace(dataset, dynamics_settings=settings), sweep)
    tables = {}
    for name in ("lanes.csv", "selection.csv"):
        plain, table = (pd.read_csv(tmp_path / folder / name) for folder in ("plain", "run"))
        # All else is by the dynamics that were trained on, and so are the gold standards.
        pd.testing.assert_frame_equal(table[list(plain)], plain)
        assert set(table) - set(plain) == {"dev_ccc_unsmoothed", "test_ccc_unsmoothed"}
        tables[name] = table
    for partition, recording in (("dev", "b"), ("test", "c")):
        plain, found = (
            written(tmp_path / folder, "gold_standard", partition, recording)[1]
            for folder in ("plain", "run")
        )
        for column in COLUMNS:
            np.testing.assert_array_equal(plain[column], found[column])
        gold_tk = dataset.examples[partition].gold_ntk[0].astype(float)
        for row in tables["lanes.csv"].itertuples():
            lane = [lane.name for lane in sweep[0].lanes].index(row.lane)
            d = DIMENSIONS.index(row.dimension)
            k = d if row.target == "state" else d + 2
            gold_t = gold_tk[:, d] if row.target == "state" else np.diff(gold_tk[:, d]) * 4
            predicted_t = sweep[0].predictions[partition][lane, 0, -len(gold_t) :, k]
            by_hand = 2 * np.cov(gold_t, predicted_t, bias=True)[0, 1]
            by_hand /= gold_t.var() + predicted_t.var() + (gold_t.mean() - predicted_t.mean()) ** 2
            found = getattr(row, f"{partition}_ccc_unsmoothed")
            assert found == pytest.approx(by_hand, abs=2e-6)


def test_all_is_written_on_the_corpus_s_own_scale(dataset, tmp_path):
    sweep = [trained(dataset)]
    for name, scale in (("unit", RatingScale()), ("nine", RatingScale(1, 9))):
        rated = dataclasses.replace(dataset, rating_scale=scale, annotation_delay=2.0)
        write_results(tmp_path / name, rated, sweep)
    for kind in ("predictions", "gold_standard"):
        times_t, unit = written(tmp_path / "unit", kind, "test", "c")
        nine_times_t, nine = written(tmp_path / "nine", kind, "test", "c")
        assert times_t.tolist() == nine_times_t.tolist() == [2 + t / 4 for t in range(FRAMES)]
        for column in COLUMNS:
            offset = 0 if column.endswith("dynamics") else 5
            np.testing.assert_allclose(nine[column], 4 * unit[column] + offset, atol=5e-6)
    for table in ("lanes.csv", "selection.csv", "history.csv"):
        unit, nine = (pd.read_csv(tmp_path / name / table) for name in ("unit", "nine"))
        for column in unit.columns[unit.columns.str.endswith("_rmse")]:
            np.testing.assert_allclose(nine.pop(column), 4 * unit.pop(column), atol=3e-6)
        pd.testing.assert_frame_equal(nine, unit, check_exact=True)
