"""Systems of a job whose lanes predict what is known: pooled over folds, and each with its name."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.settings import DynamicsSettings
from affdyn_jax.dataset.splits import Split
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings
from experiments.paper.future_work_jobs import TrainedJob
from experiments.paper.future_work_systems import BEST, SMOOTHED, system, systems_of

FRAMES = (6, 8, 5, 7)
# Train, dev and test of each fold; the second one tests two recordings.
ROWS = (([2, 3], [1], [0]), ([3, 0], [2], [1, 2]), ([0, 1], [2], [3]))
SWEEP = SweepSettings(
    weights=(0.0, 0.5, 1.0), seeds=(0, 1), hidden_sizes=HiddenSizes(mono=(2,), multi=())
)


@pytest.fixture
def dataset():
    rng = np.random.default_rng(0)
    examples = pad(
        [np.zeros((frames, 1)) for frames in FRAMES],
        [rng.normal(size=(frames, 2)) for frames in FRAMES],
        [np.ones((frames, 2), bool) for frames in FRAMES],
    )
    nothing = fit_standardisation(np.zeros((2, 1)))
    return Dataset(
        dimensions=("arousal",),
        frame_rate=4.0,
        annotation_delay=0.0,
        feature_names=("x",),
        names=dict.fromkeys(("train", "dev", "test"), tuple("abcd")),
        groups=dict.fromkeys(("train", "dev", "test"), tuple("abcd")),
        examples=dict.fromkeys(("train", "dev", "test"), examples),
        splits=tuple(Split(*map(np.int32, rows), nothing) for rows in ROWS),
        labelled=frozenset(("train", "dev", "test")),
        standardisation=nothing,
        constant={},
    )


def job_of(dataset, sweep, diverged=()):
    """A job whose lanes are perfect on dev in fold f only at w = .5, .5 and 0, others noisy.

    On test each lane predicts a constant: its place among all lanes.
    """
    (lanes,) = lanes_by_hidden_size(dataset.dimensions, sweep, len(ROWS)).values()
    gold_ntk = dataset.examples["dev"].gold_ntk
    longest = gold_ntk.shape[1]
    dev = np.zeros((len(lanes), 1, longest, 2), np.float32)
    test = np.zeros((len(lanes), 2, longest, 2), np.float32)
    for place, lane in enumerate(lanes):
        perfect = lane.w == (0.5, 0.5, 0.0)[lane.fold]
        dev[place] = gold_ntk[ROWS[lane.fold][1]] * (1 if perfect else 0.1)
        test[place] = place
    count = len(lanes)
    states = SimpleNamespace(
        best_epoch=np.ones(count, int),
        epochs=np.ones(count, int),
        diverged=np.isin([lane.name for lane in lanes], diverged),
    )
    trained = SimpleNamespace(
        lanes=lanes, lane_states=states, predictions={"dev": dev, "test": test}
    )
    return TrainedJob(trained, dataset), [lane.name for lane in lanes]


def expected(names, by_fold):
    """Predictions of each recording, by the names of the lanes of its folds."""
    return [names.index(by_fold.format(fold=fold)) for fold in (0, 1, 1, 2)]


def test_each_recording_is_predicted_by_the_lane_of_its_own_fold(dataset):
    sweep = dataclasses.replace(SWEEP, weightings=("fixed", "famo"), low_pass=("none", "centred"))
    job, names = job_of(dataset, sweep)
    found = systems_of(job).by_seed
    assert len(found) == (3 + 1 + 1) * 2  # w, a rule and the best w, with and without the layer
    (of_lane,) = [name for name in names if "famo-centred" in name and "seed1-fold0" in name]
    predictions_ntk = found[system("famo", "centred")][1]
    lanes = expected(names, of_lane.replace("fold0", "fold{fold}"))
    np.testing.assert_array_equal(predictions_ntk[:, 0, 0], lanes)


def test_the_best_w_is_each_folds_own(dataset):
    job, names = job_of(dataset, SWEEP)
    systems = systems_of(job)
    states = systems.chosen[systems.chosen["target"] == "state"]
    assert states["w"].to_list() == [0.5, 0.5, 0.0]
    # Dynamics are not trained at w = 0; at .5 and at 1 they score alike in fold 2.
    dynamics = systems.chosen[systems.chosen["target"] == "dynamics"]
    assert dynamics["w"].to_list() == [0.5, 0.5, 0.5]
    of_state = systems.by_seed[system(BEST)][0][:, 0, 0]
    names_of_w = [f"arousal-h2-w{w:g}-seed0-fold{f}" for w, f in ((0.5, 0), (0.5, 1), (0, 2))]
    places = [names.index(name) for name in names_of_w]
    np.testing.assert_array_equal(of_state, np.array(places)[[0, 1, 1, 2]])


def test_smoothed_dynamics_have_a_name_of_their_own(dataset):
    smoothed = dataclasses.replace(
        dataset, dynamics_settings=DynamicsSettings("moving_average", window=1.0)
    )
    job, _ = job_of(smoothed, SWEEP)
    found = systems_of(job)
    assert set(found.by_seed) == {system(w, SMOOTHED) for w in (0.0, 0.5, 1.0, BEST)}
    assert set(found.chosen["treatment"]) == {SMOOTHED}


def test_a_seed_of_which_a_lane_diverged_is_left_out(dataset):
    job, _ = job_of(dataset, SWEEP, diverged=("arousal-h2-w0.5-seed1-fold1",))
    found = systems_of(job).by_seed
    assert list(found[system(0.5)]) == [0]
    assert list(found[system(0.0)]) == [0, 1]
    assert list(found[system(BEST)]) == [0]  # fold 0 has chosen .5
