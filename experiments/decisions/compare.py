"""The effects of the decisions where the paper is silent, measured on a real task.

    python -m experiments.decisions.compare --root=avec2019_ces_de

Trains the fusion of `configs/avec2019_fusion_de.py` with the defaults and with each alternative
(`alternatives`): multi-dimensional models, H = 16, three seeds, and w = 0.5, as in the paper's own
tuning (§4.2), so no choice of w adds to chance. All 14 recordings are tested on, each by models
that have seen nothing of its conversation (`cross_validation`). Prints tables in Markdown
(`scores` says how to read a cell):

- how much the gold standards themselves differ (decisions 1 and 2);
- the defaults' scores by other definitions of the score (decisions 3 and 4);
- each alternative's scores on dev and test, and the difference of the latter from the defaults'.

Twelve of the thirteen trainings took some 20 minutes of CPU time.
"""

import dataclasses
import functools
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from absl import flags

from affdyn_jax import command_line
from affdyn_jax.config import Settings, read_settings
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.features.reading import read_features
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.report.notation import ccc, duration, task_name
from affdyn_jax.system.user_cache import keep_compiled_programs
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import TrainingSettings
from configs import avec2019_fusion_de
from experiments.decisions.alternatives import ALTERNATIVES, DEFAULT, Alternative, Published
from experiments.decisions.cross_validation import (
    by_conversation,
    folds,
    padded,
    sums_of_tasks,
    train,
)
from experiments.decisions.scores import (
    concatenated,
    difference,
    mean_of_units,
    over_seeds,
    over_seeds_and_units,
    with_mixed_variances,
)

_RATE = 10.0  # Hz, of all tables as published


class Sums(NamedTuple):
    """Sums from which the scores of one alternative are made, each of shape (K, N, S, 6).

    Attributes:
        dev: Of each fold's dev recordings, by the alternative's own gold standards.
        test: Of all recordings, each tested on once, by the alternative's own gold standards.
        test_by_default: The same predictions by the default's gold standards.
    """

    dev: np.ndarray
    test: np.ndarray
    test_by_default: np.ndarray


def compare(root: str) -> None:
    """Print all tables."""
    started = time.perf_counter()
    settings = fusion_settings(root)
    published = read_published(settings)
    columns = [task_name(task) for task in tasks_of(published.corpus.dimensions)]
    print_table("CCC of other gold standards with the defaults'", columns, agreements(published))
    sums = dict(sums_of_each((DEFAULT, *ALTERNATIVES), published, settings))
    default = sums[DEFAULT]
    print_table("The defaults' test scores by other definitions", columns, definitions(default))
    print_table(
        "Scores on dev", columns, ((a.label, map(over_seeds, s.dev)) for a, s in sums.items())
    )
    print_table(
        "Scores on test",
        columns,
        ((a.label, map(over_seeds_and_units, by_conversation(s.test))) for a, s in sums.items()),
    )
    print_table(
        "Differences from the defaults on test",
        columns,
        ((a.label, differences(s.test, default.test)) for a, s in sums.items() if a != DEFAULT),
    )
    print_table(
        "Differences from the defaults on test, all with the defaults' gold standards",
        columns,
        (
            (a.label, differences(s.test_by_default, default.test))
            for a, s in sums.items()
            if a.changes_gold_standards
        ),
    )
    print(f"Took {duration(time.perf_counter() - started)}.")


def fusion_settings(root: str) -> Settings:
    """The sweep that is trained with each alternative."""
    config = avec2019_fusion_de.get_config()
    config.corpus.root = root
    config.features.frame_rate = _RATE
    config.sweep.hidden_sizes.mono = ()
    config.sweep.hidden_sizes.multi = (16,)
    config.sweep.weights = (0.5,)
    config.sweep.seeds = (0, 1, 2)
    return read_settings(config)


def read_published(settings: Settings) -> Published:
    """The recordings, features at the rate of their tables."""
    corpus = read_corpus(settings.corpus, settings.features.tables)
    features = read_features(settings.features, corpus)
    return Published(corpus, *features, settings.features.frame_rate)


def agreements(published: Published) -> Iterator[tuple[str, Iterable[str]]]:
    """CCC of each alternative's gold standards with the default's, all recordings concatenated."""
    default = DEFAULT.dataset(published).examples
    for alternative in ALTERNATIVES:
        if alternative.changes_gold_standards:
            other = alternative.dataset(published).examples
            sums_kn16 = np.concatenate(
                [sums_of_tasks(other[p].gold_ntk[None], default[p]) for p in default], axis=1
            )
            yield alternative.label, [ccc(concatenated(sums_n16)) for sums_n16 in sums_kn16]


def definitions(default: Sums) -> Iterator[tuple[str, Iterable[str]]]:
    """The defaults' scores on test by other definitions of the score or its interval."""
    for recordings, value, sums_kus6 in (
        ("concatenated", concatenated, default.test.sum(axis=1, keepdims=True)),
        ("mean of recordings", mean_of_units, default.test),
    ):
        yield f"{recordings}, all divided by n", [f"{value(sums):.4f}" for sums in sums_kus6]
        yield (
            f"{recordings}, variances divided by n - 1",
            [f"{with_mixed_variances(sums):.4f}" for sums in sums_kus6],
        )
    yield "interval over recordings", map(over_seeds_and_units, default.test)
    yield (
        "interval over conversations",
        map(over_seeds_and_units, by_conversation(default.test)),
    )


def differences(test: np.ndarray, default_test: np.ndarray) -> Iterable[str]:
    """Difference from the default's score for each task, over seeds and conversations."""
    return map(difference, by_conversation(test), by_conversation(default_test))


def sums_of_each(
    alternatives: Iterable[Alternative], published: Published, settings: Settings
) -> Iterator[tuple[Alternative, Sums]]:
    """Train each alternative on every fold, with as many folds in parallel as there are cores."""
    (lanes,) = lanes_by_hidden_size(published.corpus.dimensions, settings.sweep).values()
    of_folds = [dataclasses.replace(published, corpus=c) for c in folds(published.corpus)]
    longest = max(
        int(examples.frames_n.max()) for examples in DEFAULT.dataset(published).examples.values()
    )

    def sums_of_fold(alternative: Alternative, fold: Published) -> Sums:
        dataset = padded(alternative.dataset(fold), longest)
        default_test = padded(DEFAULT.dataset(fold), longest).examples["test"]
        predictions = train(lanes, dataset, training_of(alternative, settings))
        return Sums(
            sums_of_tasks(predictions["dev"], dataset.examples["dev"]),
            sums_of_tasks(predictions["test"], dataset.examples["test"]),
            sums_of_tasks(predictions["test"], default_test),
        )

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for alternative in alternatives:
            started = time.perf_counter()
            of_each_fold = threads.map(functools.partial(sums_of_fold, alternative), of_folds)
            of_all = zip(*of_each_fold, strict=True)
            yield alternative, Sums(*(np.concatenate(sums, axis=1) for sums in of_all))
            took = duration(time.perf_counter() - started)
            print(f"{alternative.label}: {took}", file=sys.stderr, flush=True)


def training_of(alternative: Alternative, settings: Settings) -> TrainingSettings:
    """How the alternative trains."""
    return dataclasses.replace(settings.training, **alternative.training)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[tuple[str, Iterable[str]]]
) -> None:
    """Print a table in Markdown under its title."""
    print(f"{title}\n\n| | {' | '.join(columns)} |\n| --- |{' ---: |' * len(columns)}")
    for name, cells in rows:
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print()


if __name__ == "__main__":
    ROOT = flags.DEFINE_string("root", None, "The folder of the config's corpus.", required=True)

    def main() -> None:
        keep_compiled_programs()
        compare(ROOT.value)

    command_line.start(main)
