"""The effects of the decisions where the paper is silent, measured on a real task.

    python -m experiments.decisions.compare --root=avec2019_ces_de

Trains the fusion of `configs/avec2019_fusion_de.py` with the defaults and with each alternative
(`alternatives`): multi-dimensional models, H = 16, three seeds, and w = 0.5, as in the paper's own
tuning (§4.2), so no choice of w adds to chance. All 14 recordings are tested on, each by models
that have seen nothing of its conversation: the folds of all seven conversations train together.
Prints tables in Markdown (`scores` says how to read a cell):

- how much the gold standards themselves differ (decisions 1 and 2);
- the defaults' scores by other definitions of the score (decisions 3 and 4);
- each alternative's scores on dev and test, and the difference of the latter from the defaults'.
"""

import dataclasses
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from absl import flags

from affdyn_jax import command_line
from affdyn_jax.config import Settings, read_settings
from affdyn_jax.configs import avec2019_fusion_de
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.features.reading import read_features
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.report.notation import ccc, duration, task_name
from affdyn_jax.system.user_cache import keep_compiled_programs
from affdyn_jax.training.lanes import lanes_by_hidden_size
from experiments.decisions.alternatives import ALTERNATIVES, DEFAULT, Alternative, Published
from experiments.decisions.scores import (
    concatenated,
    difference,
    mean_of_units,
    over_seeds,
    over_seeds_and_units,
    with_mixed_variances,
)
from experiments.decisions.trained_sums import Sums, by_conversation, sums_of_tasks, trained_sums

_RATE = 10.0  # Hz, of all tables as published


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
    default = DEFAULT.dataset(published).examples["test"]
    for alternative in ALTERNATIVES:
        if alternative.changes_gold_standards:
            other = alternative.dataset(published).examples["test"]
            sums_kn16 = sums_of_tasks(other.gold_ntk[None], default)
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
    """Train each alternative on all folds at once."""
    default = DEFAULT.dataset(published)
    (lanes,) = lanes_by_hidden_size(
        published.corpus.dimensions, settings.sweep, len(default.splits)
    ).values()
    for alternative in alternatives:
        started = time.perf_counter()
        training = dataclasses.replace(settings.training, **alternative.training)
        sums = trained_sums(lanes, alternative.dataset(published), default, training)
        yield alternative, sums
        took = duration(time.perf_counter() - started)
        print(f"{alternative.label}: {took}", file=sys.stderr, flush=True)


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
