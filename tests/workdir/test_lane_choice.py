import pandas as pd
import pytest

from affdyn_jax.errors import ConfigError
from affdyn_jax.method.tasks import Task
from affdyn_jax.workdir.lane_choice import choose_lanes

AROUSAL, VALENCE = Task("arousal", "state"), Task("valence", "state")
AROUSAL_DYNAMICS, VALENCE_DYNAMICS = Task("arousal", "dynamics"), Task("valence", "dynamics")

# setup, w, seed, diverged, and dev CCC of arousal, valence and their dynamics. What is not trained
# scores best, by chance.
LANES = [
    ("multi", 0, 0, False, 0.50, 0.20, 0.70, 0.80),
    ("multi", 0, 1, False, 0.10, 0.20, 0.70, 0.80),
    ("multi", 0.5, 0, False, 0.40, 0.30, 0.10, 0.20),
    ("multi", 0.5, 1, False, 0.40, 0.10, 0.20, 0.10),
    ("multi", 1, 0, False, 0.90, 0.90, 0.30, 0.10),
    ("multi", 1, 1, True, None, None, None, None),
    ("arousal", 0.5, 0, False, 0.45, None, 0.05, None),
    ("arousal", 0.5, 1, False, 0.25, None, 0.05, None),
]


@pytest.fixture
def lanes():
    rows = []
    for setup, w, seed, diverged, *scores in LANES:
        tasks = (AROUSAL, VALENCE, AROUSAL_DYNAMICS, VALENCE_DYNAMICS)
        for task, score in zip(tasks, scores, strict=True):
            if setup in ("multi", task.dimension):
                rows.append(
                    {
                        "lane": f"{setup}-h4-w{w:g}-seed{seed}",
                        "setup": setup,
                        "hidden_size": 4,
                        "w": w,
                        "seed": seed,
                        "dimension": task.dimension,
                        "target": task.target,
                        "dev_ccc": score,
                        "test_ccc": None,
                        "diverged": diverged,
                    }
                )
    return pd.DataFrame(rows).astype({"dev_ccc": float, "test_ccc": float})


@pytest.fixture
def chosen(lanes):
    return lambda choice, predicting=(): choose_lanes(
        choice, lanes, lanes, ("arousal", "valence"), dict(predicting)
    )


def test_the_best_are_those_that_made_the_predictions(chosen):
    predicting = {"valence_dynamics": "multi-h4-w0.5-seed0", "arousal": "multi-h4-w0-seed0"}
    assert list(chosen("best", predicting).items()) == [
        (AROUSAL, ("multi-h4-w0-seed0",)),
        (VALENCE_DYNAMICS, ("multi-h4-w0.5-seed0",)),
    ]


def test_the_mean_goes_by_the_mean_over_seeds(chosen):
    assert chosen("mean") == {
        AROUSAL: ("multi-h4-w0.5-seed0", "multi-h4-w0.5-seed1"),  # .40 against .35 and .30
        VALENCE: ("multi-h4-w0-seed0", "multi-h4-w0-seed1"),  # .20 twice: the smaller w
        AROUSAL_DYNAMICS: ("multi-h4-w1-seed0",),  # the other seed diverged
        VALENCE_DYNAMICS: ("multi-h4-w0.5-seed0", "multi-h4-w0.5-seed1"),
    }


def test_a_lane_by_its_name(chosen):
    name = "multi-h4-w0.5-seed1"
    assert chosen(name) == dict.fromkeys(
        (AROUSAL, VALENCE, AROUSAL_DYNAMICS, VALENCE_DYNAMICS), (name,)
    )


def test_all_seeds_of_a_lane(chosen):
    seeds = ("arousal-h4-w0.5-seed0", "arousal-h4-w0.5-seed1")
    assert chosen("arousal-h4-w0.5") == {AROUSAL: seeds, AROUSAL_DYNAMICS: seeds}


def test_what_was_not_trained_is_not_predicted(chosen):
    assert set(chosen("multi-h4-w0-seed0")) == {AROUSAL, VALENCE}
    assert set(chosen("multi-h4-w1")) == {AROUSAL_DYNAMICS, VALENCE_DYNAMICS}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("multi-h4-w1-seed1", "the lane 'multi-h4-w1-seed1' diverged in training; choose another"),
        ("multi-h4-w0.5-seed2", "is not in lanes.csv; did you mean 'multi-h4-w0.5-seed1'"),
        ("bset", "did you mean 'best'"),
        ("multi.h4.w1", "is not in lanes.csv; did you mean 'multi-h4-w1'"),
    ],
)
def test_a_lane_that_cannot_predict(chosen, choice, said):
    with pytest.raises(ConfigError, match=said):
        chosen(choice)


@pytest.fixture
def folds(lanes):
    """Each lane in three folds; in fold 2 one of them diverged."""
    of_folds = [
        lanes.assign(lane=lanes["lane"] + f"-fold{fold}", fold=fold, dev_ccc=lanes["dev_ccc"] / 2)
        for fold in range(3)
    ]
    table = pd.concat(of_folds, ignore_index=True)
    table.loc[table["lane"] == "multi-h4-w0.5-seed1-fold2", "diverged"] = True
    return lambda choice, predicting=(): choose_lanes(
        choice, table, lanes, ("arousal", "valence"), dict(predicting)
    )


def folds_of(*names):
    return {f"{name}-fold{fold}" for name in names for fold in range(3)}


def test_lanes_of_a_cross_validation_predict_by_all_folds(folds):
    best = folds("best", {"arousal": "multi-h4-w0-seed0"})
    assert {task: set(names) for task, names in best.items()} == {
        AROUSAL: folds_of("multi-h4-w0-seed0")
    }
    mean = folds("mean")
    assert set(mean[AROUSAL]) == folds_of("multi-h4-w0.5-seed0", "multi-h4-w0.5-seed1")
    assert set(mean[AROUSAL_DYNAMICS]) == folds_of("multi-h4-w1-seed0")


@pytest.mark.parametrize(
    ("choice", "named"),
    [
        ("multi-h4-w0-seed1", folds_of("multi-h4-w0-seed1")),
        ("multi-h4-w0", folds_of("multi-h4-w0-seed0", "multi-h4-w0-seed1")),
        ("multi-h4-w0-seed1-fold2", {"multi-h4-w0-seed1-fold2"}),
        ("multi-h4-w0.5-seed1", {f"multi-h4-w0.5-seed1-fold{fold}" for fold in (0, 1)}),
    ],
)
def test_a_name_without_its_fold_stands_for_all_that_did_not_diverge(folds, choice, named):
    assert set(folds(choice)[AROUSAL]) == named


def test_a_rule_trains_states_and_dynamics(lanes):
    rules = lanes[lanes["w"] == 0.5].assign(w=float("nan"), weighting="famo")
    rules = rules.assign(lane=rules["lane"].str.replace("w0.5", "famo"))
    table = pd.concat([lanes.assign(weighting="fixed"), rules])
    arguments = table, table, ("arousal", "valence"), {}
    assert len(choose_lanes("multi-h4-famo-seed0", *arguments)) == 4
    seeds = ("multi-h4-w0.5-seed0", "multi-h4-w0.5-seed1")
    assert choose_lanes("mean", *arguments)[AROUSAL] == seeds  # of fixed w alone
