"""Several corpora or languages: what they give to a run, and the scores on each of them."""

from collections.abc import Collection

from affdyn_jax.report.document.blocks import Table
from affdyn_jax.report.notation import CONFIDENCE, UNDEFINED, ccc, ccc_between, listed, weight
from affdyn_jax.report.partitions import labelled_partitions, scored_partition
from affdyn_jax.report.significant import units_of_tests
from affdyn_jax.report.tables import in_order
from affdyn_jax.workdir.files import FinishedRun
from affdyn_jax.workdir.run_facts import CorpusFacts, RunFacts

_ALL = {"corpus": "corpora", "language": "languages"}


def corpora_table(facts: RunFacts) -> Table:
    """The corpora of a run that has several."""
    partitions = {"all": "test"} if facts.folds else {p: p for p in facts.recordings}
    return Table(
        "The recordings of each corpus. Its ratings were mapped from their range to one scale, "
        f"{_range(facts.rating_range)}, on which all results are.",
        corner=("Corpus",),
        columns=[*((name,) for name in partitions), ("language",), ("ratings",), ("raters agree",)],
        rows=[
            (
                (name,),
                [
                    *(f"{_count(facts, p, corpus.recordings)}" for p in partitions.values()),
                    listed(corpus.languages) if corpus.languages else UNDEFINED,
                    _range(corpus.rating_range),
                    _agreement(corpus),
                ],
            )
            for name, corpus in facts.corpora.items()
        ],
    )


def subset_tables(run: FinishedRun) -> list[Table]:
    """The best models' scores on each corpus and on each language, a table for each division."""
    return [_subset_table(run, division) for division in run.facts.subsets]


def _subset_table(run: FinishedRun, division: str) -> Table:
    scored = scored_partition(run.facts)
    subsets = run.facts.subsets[division]
    best = run.subsets[run.subsets["chosen"] & (run.subsets["division"] == division)]
    rows = []
    for subset in subsets:
        for (task, setup, *_), row in in_order(run, best[best["subset"] == subset]):
            cells = [
                weight(row["w"]),
                *(_between(row, p) for p in labelled_partitions(run.facts)),
                _between(row, scored, "_w0"),
            ]
            rows.append(((subset, task, setup), cells))
    return Table(
        f"Scores on each {division}, by the models that are best on dev of all {_ALL[division]} "
        f"together: mean CCC over seeds at best w and at w = 0, with the {CONFIDENCE} interval of "
        f"a bootstrap over {units_of_tests(run.facts)}. Recordings are concatenated."
        + _not_trained_on(run.facts, division),
        corner=(division.capitalize(), "Task", "Setup"),
        columns=[
            ("Best w", "w"),
            *(("Best w", partition) for partition in labelled_partitions(run.facts)),
            ("w = 0", scored),
        ],
        rows=rows,
    )


def _between(row: dict, partition: str, at: str = "") -> str:
    return ccc_between(*(row[f"{partition}_ccc{bound}{at}"] for bound in ("", "_low", "_high")))


def _not_trained_on(facts: RunFacts, division: str) -> str:
    """Which subsets the models have never heard, in a sentence."""
    unheard = [
        name
        for name, recordings in facts.subsets[division].items()
        if not _count(facts, "train", recordings)
    ]
    return f" Nothing of {listed(unheard)} was trained on." if unheard else ""


def _count(facts: RunFacts, partition: str, recordings: Collection[str]) -> int:
    return len(set(facts.recordings.get(partition, ())) & set(recordings))


def _range(bounds: tuple[float, ...]) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g}"


def _agreement(corpus: CorpusFacts) -> str:
    """The mean CCC of all pairs of raters in each dimension, where they are known."""
    found = [f"{dimension} {ccc(value)}" for dimension, value in corpus.agreement.items()]
    return ", ".join(found) or UNDEFINED
