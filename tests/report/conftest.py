"""Run folders of made-up numbers, written by the project's own writers."""

import json

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.evaluation.comparison import COLUMNS
from affdyn_jax.evaluation.lane_columns import TASK, has_fixed_w, lane_columns, network_columns
from affdyn_jax.evaluation.models_on_test import DIFFERENCE
from affdyn_jax.evaluation.pooling import over_folds, without_fold
from affdyn_jax.evaluation.selection import best_lanes, over_seeds, select_w
from affdyn_jax.method.tasks import STATE, Task, tasks_of
from affdyn_jax.report.contents import contents
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings
from affdyn_jax.workdir import files as on_disk
from affdyn_jax.workdir.run_facts import CorpusFacts

FRAME_RATE = 4.0
MAX_EPOCHS = 40


@pytest.fixture(scope="session")
def write_run():
    return _write_run


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A small finished run with everything in order."""
    return on_disk.read_run(_write_run(tmp_path_factory.mktemp("runs") / "small"))


@pytest.fixture(scope="session")
def standin_run(tmp_path_factory):
    """A run on generated data, with every table that a report may have."""
    systems = pd.DataFrame(
        {
            "system": ["one", "one", "two", "two"],
            "dimension": ["arousal", "valence"] * 2,
            "dev_ccc": [0.9, 0.1, 0.2, 0.3],
            "test_ccc": [0.8, 0.1, 0.2, 0.3],
        }
    )
    return on_disk.read_run(
        _write_run(
            tmp_path_factory.mktemp("runs") / "standin",
            is_standin=True,
            diverging=("multi-h8-w0.5-seed1",),
            systems=systems,
        )
    )


@pytest.fixture(scope="session")
def swept_run(tmp_path_factory):
    """A cross-validation of grouped recordings with rules that move w and two learning rates."""
    folder = tmp_path_factory.mktemp("runs") / "swept"
    return on_disk.read_run(
        _write_run(
            folder,
            seeds=(0, 1),
            multi=(4,),
            fold_count=3,
            diverging=("multi-h4-famo-lr0.001-seed1-fold2",),
            weightings=("fixed", "famo", "dwa"),
            learning_rates=(6e-4, 1e-3),
        )
    )


@pytest.fixture(scope="session")
def document(run):
    return contents(run)


@pytest.fixture(scope="session")
def standin_document(standin_run):
    return contents(standin_run)


def _write_run(
    workdir,
    *,
    corpus="made-up",
    is_standin=False,
    dimensions=("arousal", "valence"),
    weights=(0.0, 0.5, 1.0),
    seeds=(0, 1, 2),
    mono=(4,),
    multi=(4, 8),
    test_recordings=6,
    frames=72,
    test_labelled=True,
    diverging=(),
    undefined=(),
    systems=None,
    fold_count=0,
    corpora=False,
    layers=(),
    **swept,
):
    """Write a run.

    Lanes whose names are in `diverging` diverge in their third epoch; dimensions in `undefined`
    never change in the test partition. With folds, each has two test recordings, of one group.
    With corpora there are two, and the second one has the last two test recordings.
    """
    rng = np.random.default_rng(0)
    sweep = SweepSettings(weights, seeds, HiddenSizes(mono, multi), **swept)
    groups = lanes_by_hidden_size(dimensions, sweep, fold_count, layers)
    lanes = [lane for group in groups.values() for lane in group]
    tasks = tasks_of(dimensions)
    scores, history = [], []
    for lane in lanes:
        diverged = lane.name in diverging
        curve = _curve(rng, lane, tasks, diverged)
        history.append(curve)
        for task in tasks:
            if task.dimension in lane.dimensions:
                scored = test_labelled and task.dimension not in undefined
                scores.append(_scores(rng, lane, task, curve, scored, diverged))
    scores = lane_table = pd.DataFrame(scores)
    if fold_count:
        scores = over_folds(scores, _tested(scores))
        on_disk.write_table(workdir, "pooled.csv", scores)
    best = best_lanes(scores)
    predicting_lanes = {
        Task(row.dimension, row.target).column: row.lane for row in best.itertuples()
    }
    recordings = {
        "train": [f"Train_{number:02}" for number in range(1, 7)],
        "dev": [f"Devel_{number:02}" for number in range(1, 4)],
        "test": [f"Test_{number:02}" for number in range(1, test_recordings + 1)],
    }
    folds, of_group = [], {}
    if fold_count:
        names = recordings["test"] = [
            f"Test_{number:02}" for number in range(1, 2 * fold_count + 1)
        ]
        recordings = dict.fromkeys(recordings, names)
        folds = [names[2 * fold : 2 * fold + 2] for fold in range(fold_count)]
        of_group = {f"pair {fold}": pair for fold, pair in enumerate(folds)}
    training = {"max_epochs": MAX_EPOCHS, "patience": 10, "learning_rate": 6e-4, "monitor": "loss"}
    on_disk.write_text(workdir / "config.json", json.dumps({"training": training}))
    times = np.arange(frames) / FRAME_RATE
    for partition in ("test",) if fold_count else ("dev", "test"):
        for recording in recordings[partition]:
            gold, predicted = _traces(rng, dimensions, frames)
            for dimension in undefined if partition == "test" else ():
                gold[dimension] = 0 * gold[dimension]
                gold[f"{dimension}_dynamics"] = 0 * gold[f"{dimension}_dynamics"]
            predicted = {name: predicted[name] for name in predicting_lanes}
            on_disk.write_predictions(workdir, partition, recording, times, predicted)
            if partition == "dev" or test_labelled:
                on_disk.write_gold_standard(workdir, partition, recording, times, gold)
    on_disk.write_table(workdir, "lanes.csv", lane_table)
    on_disk.write_table(workdir, "history.csv", pd.concat(history, ignore_index=True))
    selection = _compared(select_w(over_seeds(scores)))
    on_disk.write_table(workdir, "selection.csv", selection)
    if not has_fixed_w(scores).all():
        weightings = _weightings(over_seeds(scores), selection)
        on_disk.write_table(workdir, "weightings.csv", weightings)
    if systems is not None:
        on_disk.write_table(workdir, "systems.csv", systems)
    of_corpora = {}
    if corpora:
        of_corpora = _two_corpora(recordings)
        on_disk.write_table(workdir, "subsets.csv", _subsets(selection))
    on_disk.write_facts(
        workdir,
        on_disk.RunFacts(
            corpus=corpus,
            is_standin=is_standin,
            features="mfb",
            feature_count=40 * max(1, len(layers)),
            dimensions=dimensions,
            frame_rate=FRAME_RATE,
            annotation_delay=0.0,
            recordings=recordings,
            frames={partition: frames * len(names) for partition, names in recordings.items()},
            labelled=["train", "dev", "test"] if test_labelled else ["train", "dev"],
            constant={},
            predicting_lanes=predicting_lanes,
            seconds={"corpus": 0.4, "features": 12.5, "dataset": 0.2, "training": 200.0},
            hardware="2 CPU cores",
            versions={"python": "3.11.9", "jax": "0.9.0"},
            folds=folds,
            groups=of_group,
            layers=list(layers),
            **of_corpora,
        ),
    )
    return workdir


def _two_corpora(recordings):
    *first, last, very_last = (name for names in recordings.values() for name in names)
    of_each = {"German": first, "Hungarian": [last, very_last]}
    return {
        "corpora": {
            "German": CorpusFacts(first, ["German"], (-1.0, 1.0), {"arousal": 0.4}),
            "Hungarian": CorpusFacts([last, very_last], [], (1.0, 9.0), {}),
        },
        "subsets": {"corpus": of_each},
    }


def _subsets(selection):
    """Scores of German as on test, of Hungarian half of them."""
    tables = []
    for subset, share in (("German", 1.0), ("Hungarian", 0.5)):
        table = selection[[*network_columns(selection), *TASK, "w", "chosen"]].copy()
        table.insert(0, "division", "corpus")
        table.insert(1, "subset", subset)
        for partition in ("dev", "test"):
            is_known = subset == "German" or partition == "test"
            for at in ("", "_w0"):
                score = selection[f"{partition}_ccc{at}"] * (share if is_known else np.nan)
                for bound, distance in (("", 0.0), ("_low", -0.1), ("_high", 0.1)):
                    table[f"{partition}_ccc{bound}{at}"] = score + distance
        tables.append(table)
    return pd.concat(tables)


def _curve(rng, lane, tasks, diverged):
    """A learning curve that falls, has its minimum ten epochs before the end, and rises."""
    epochs = 3 if diverged else int(rng.integers(15, MAX_EPOCHS + 1))
    epoch = np.arange(1, epochs + 1)
    best = max(epochs - 10, 1)
    floor = 0.45 + 0.4 * _level_of(lane) + rng.normal(0, 0.02)
    dev_loss = floor + 0.5 * np.exp(-epoch / 8) + 0.004 * np.abs(epoch - best)
    dev_loss += rng.normal(0, 0.004, epochs)
    if diverged:
        dev_loss[-1] = np.nan
    curve = pd.DataFrame(
        {
            **lane_columns(lane),
            "epoch": epoch,
            "train_loss": dev_loss - 0.1,
            "dev_loss": dev_loss,
        }
    )
    if "weighting" in curve:
        curve["epoch_w"] = 0.5 + 0.3 * (1 - np.exp(-epoch / 9)) * np.isnan(lane.w)
    for task in tasks:
        curve[f"dev_ccc_{task.column}"] = 1 - dev_loss
    return curve


def _level_of(lane):
    """Its w, or that of which a rule's lane does as well."""
    return 0.7 if np.isnan(lane.w) else lane.w


def _scores(rng, lane, task, curve, test_labelled, diverged):
    w = _level_of(lane)
    if task.target == STATE:
        level = 0.5 + 0.08 * w * (0.8 - w) if w < 1 else -0.2
    else:
        level = 0.22 * (1 - (1 - w) ** 4)
    level += 0.03 * (lane.setup == "multi") - 0.04 * (task.dimension == "valence")
    dev, test = level + rng.normal(0, 0.015, 2) + [0.03, 0.0]
    if diverged:
        dev = test = np.nan
    test = test if test_labelled else np.nan
    dev_rmse, test_rmse = 0.2 * (1 - np.array([dev, test]))
    return {
        **lane_columns(lane),
        "dimension": task.dimension,
        "target": task.target,
        "dev_ccc": dev,
        "dev_ccc_per_recording": dev - 0.1,
        "test_ccc": test,
        "test_ccc_per_recording": test - 0.1,
        "dev_pearson_r": dev + 0.05,
        "test_pearson_r": test + 0.05,
        "dev_rmse": dev_rmse,
        "test_rmse": test_rmse,
        "best_epoch": int(curve["dev_loss"].idxmin()) + 1,
        "epochs": len(curve),
        "diverged": diverged,
    }


def _tested(scores):
    """Scores of pooled lanes on test, here those of their first fold."""
    first = scores[scores["fold"] == 0]
    first = first.assign(lane=without_fold(first["lane"]))
    return first.drop(columns=["fold", "best_epoch", "epochs", "diverged"])


def _weightings(means, selection):
    """Rules beside fixed w; the differences of states are significant, those of dynamics not."""
    network = [*network_columns(means), *TASK]
    fixed = selection[[*network, "w", "dev_ccc", "test_ccc", "dev_ccc_w0", "test_ccc_w0"]]
    fixed = fixed.rename(columns={name: f"{name}_best" for name in ("w", "dev_ccc", "test_ccc")})
    table = means[~has_fixed_w(means)].drop(columns="w").merge(fixed, on=network)
    table["test_ccc_low"], table["test_ccc_high"] = table["test_ccc"] - 0.1, table["test_ccc"] + 0.1
    p_value = np.where(table["target"] == STATE, 0.01, 0.2)
    for at in ("_best", "_w0"):
        difference = table["test_ccc"] - table[f"test_ccc{at}"]
        values = (difference, difference - 0.05, difference + 0.05, p_value, p_value / 4)
        names = [f"{name}{at}" for name in DIFFERENCE]
        table = table.assign(**dict(zip(names, values, strict=True)))
    return table


def _compared(selection):
    """The selection with intervals and p-values that fit its scores."""
    rng = np.random.default_rng(1)
    difference = (selection["test_ccc"] - selection["test_ccc_w0"]).where(selection["w"] > 0)
    values = {"difference": difference}
    for suffix in ("", "_w0"):
        values[f"test_ccc_low{suffix}"] = selection[f"test_ccc{suffix}"] - 0.1
        values[f"test_ccc_high{suffix}"] = selection[f"test_ccc{suffix}"] + 0.08
    values |= {"difference_low": difference - 0.04, "difference_high": difference + 0.03}
    p_value = difference.where(difference.isna(), rng.uniform(0.002, 0.4, len(selection)))
    values |= {"p_value": p_value, "p_value_over_frames": p_value / 4}
    return selection.assign(**{column: values[column] for column in COLUMNS})


def _traces(rng, dimensions, frames):
    """Smooth gold standards whose first second is masked, and predictions that follow."""
    gold, predicted = {}, {}
    for dimension in dimensions:
        walk = np.convolve(rng.normal(0, 1, frames + 40), np.hanning(40), "valid")[:frames]
        state = 0.3 * np.tanh(walk / 4)
        state[: int(FRAME_RATE)] = np.nan
        gold[dimension] = state
        noise = np.convolve(rng.normal(0, 0.05, frames + 7), np.hanning(8) / 3, "valid")[:frames]
        predicted[dimension] = 0.8 * np.nan_to_num(state) + noise
    for dimension in dimensions:
        rate = np.full(frames, np.nan)
        rate[1:] = np.diff(gold[dimension]) * FRAME_RATE
        gold[f"{dimension}_dynamics"] = rate
        noise = np.convolve(rng.normal(0, 0.1, frames + 7), np.hanning(8) / 5, "valid")[:frames]
        predicted[f"{dimension}_dynamics"] = 0.4 * np.nan_to_num(rate) + noise
    return gold, predicted
