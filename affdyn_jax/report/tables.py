"""The report's tables of results."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath

import pandas as pd

from affdyn_jax.evaluation.correlation_and_error import PEARSON_R, RMSE
from affdyn_jax.evaluation.lane_columns import TASK, network_columns
from affdyn_jax.evaluation.selection import best_of_tasks
from affdyn_jax.method.tasks import MULTI, STATE, TARGETS, Task
from affdyn_jax.report.document.blocks import Strong, Table
from affdyn_jax.report.notation import (
    CONFIDENCE,
    UNDEFINED,
    ccc,
    ccc_between,
    ccc_with_interval,
    listed,
    probability,
    task_name,
    weight,
)
from affdyn_jax.report.partitions import labelled_partitions, scored_partition
from affdyn_jax.report.setup_kinds import setup_kind, setup_kinds
from affdyn_jax.report.significant import SIGNIFICANT, limit_of_p, units_of_tests
from affdyn_jax.report.swept import in_words, swept_settings, value_in_words
from affdyn_jax.workdir.files import FinishedRun

_THIS_RUN = "this run"
_MEASURES = " r is Pearson's, RMSE is on the scale of the ratings, of dynamics per second."
UNSMOOTHED = (
    "The models learned the dynamics of smoothed states, and scores are by these. Unsmoothed: the "
    "same predictions at best w by the dynamics of the states as they were rated; only these "
    "scores compare runs that smooth differently."
)


def how_to_read(best_on_dev: str = "the hidden size that is best on dev") -> str:
    """What a table of best w against w = 0 shows."""
    return (
        "for affect states and their dynamics: at the w with the highest mean CCC on dev (best w) "
        f"and trained on states alone (w = 0), both with {best_on_dev}. Means over seeds; the best "
        "state and the best dynamics of each dimension are in bold where several compete."
    )


def about_asterisks(units: str = "recordings") -> str:
    """What an asterisk means, by a test over recordings or groups of them."""
    return (
        "An asterisk marks states whose CCC at best w is significantly higher than at w = 0: "
        f"p < .05 in a paired permutation test over {units} (two-sided, 1000 permutations, or all "
        "of them where there are fewer)."
    )


def selection_table(run: FinishedRun) -> Table:
    """Best w against w = 0, laid out as the paper's Table 1, with a line of p-values."""
    partition = scored_partition(run.facts)
    kinds = setup_kinds(run)
    is_tested = run.selection["p_value"].notna().any()
    is_smoothed = f"{partition}_ccc_unsmoothed" in run.selection
    chosen = run.selection[run.selection["chosen"]]
    chosen = chosen.assign(asterisk=has_asterisk(chosen))
    chosen = chosen.set_index(["dimension", "target", chosen["setup"].map(setup_kind)])
    # A cell whose lanes all diverged has no row there.
    places = [run.facts.dimensions, TARGETS, kinds]
    chosen = chosen.reindex(pd.MultiIndex.from_product(places, names=chosen.index.names))

    rows = []
    for dimension in run.facts.dimensions:
        cells = chosen.loc[dimension]
        scores = cells[[f"{partition}_ccc", f"{partition}_ccc_w0"]]
        best = best_of_targets(*(scores[column] for column in scores))
        at_best_w, at_w0 = (score_cells(scores[column], best) for column in scores)
        name = dimension.capitalize()
        rows.append(((name, "CCC best w"), with_asterisks(at_best_w, cells["asterisk"])))
        if is_smoothed:
            unsmoothed = [ccc(score) for score in cells[f"{partition}_ccc_unsmoothed"]]
            rows.append(((name, "unsmoothed"), unsmoothed))
        rows.append(((name, "CCC w = 0"), at_w0))
        rows.append(((name, "best w"), [weight(w) for w in cells["w"]]))
        if is_tested:
            rows.append(((name, "p"), [probability(p) for p in cells["p_value"]]))
    return Table(
        " ".join(
            [
                f"CCC on {partition} from the {run.facts.features} features,",
                how_to_read(_best_on_dev(run)),
                *([about_asterisks(units_of_tests(run.facts))] if is_tested else []),
                *([UNSMOOTHED] if is_smoothed else []),
            ]
        ),
        corner=("", ""),
        columns=[
            (f"Affect {target}", kind.removesuffix("-dimensional"))
            for target in TARGETS
            for kind in kinds
        ],
        rows=rows,
    )


def network_table(run: FinishedRun) -> Table:
    """Every setup and hidden size at its best w, with intervals over seeds."""
    partitions, scored = labelled_partitions(run.facts), scored_partition(run.facts)
    settings = swept_settings(run)
    model = [*network_columns(run.selection), "w", *TASK]
    trained = run.pooled[~run.pooled["diverged"]]
    beside = {"ccc_per_recording": "by recording", PEARSON_R: "r", RMSE: "RMSE"}
    # Runs of earlier versions have neither r nor RMSE.
    beside = {name: words for name, words in beside.items() if f"{scored}_{name}" in trained}
    means = trained.groupby(model)[[f"{scored}_{name}" for name in beside]].mean()

    rows = []
    for names, row in in_order(run, _with_best_of_several(run)):
        cells = [
            f"{row['seeds']}",
            weight(row["w"]),
            *(ccc_with_interval(row[f"{p}_ccc"], row[f"{p}_ccc_ci"]) for p in partitions),
            *map(ccc, means.loc[tuple(row[model])]),
            f"{row['seeds_w0']:.0f}" if row["seeds_w0"] > 0 else UNDEFINED,
            ccc_with_interval(row[f"{scored}_ccc_w0"], row[f"{scored}_ccc_ci_w0"]),
        ]
        rows.append((names, [Strong(cell) for cell in cells] if row["stands_out"] else cells))
    return Table(
        f"Every {listed(['setup', 'hidden size H', *map(in_words, settings)])} at its best w and "
        "at w = 0: mean CCC over the seeds whose "
        f"lanes did not diverge, ± half the width of its {CONFIDENCE} confidence interval. "
        "Recordings are concatenated; by recording: "
        f"the mean of the {scored} recordings' own CCCs.{_MEASURES if RMSE in beside else ''}"
        f"{_what_is_bold(run)}",
        corner=("Task", "Setup", "H", *map(in_words, settings)),
        columns=[
            ("Best w", "seeds"),
            ("Best w", "w"),
            *(("Best w", partition) for partition in partitions),
            *(("Best w", f"{scored} {words}") for words in beside.values()),
            ("w = 0", "seeds"),
            ("w = 0", scored),
        ],
        rows=rows,
    )


def comparison_table(run: FinishedRun) -> Table:
    """Every network at its best w against w = 0, with intervals over recordings or groups."""
    rows, units, limit = [], units_of_tests(run.facts), limit_of_p(run.facts)
    for names, row in in_order(run, _with_best_of_several(run)):
        cells = [
            weight(row["w"]),
            ccc_between(row["test_ccc"], row["test_ccc_low"], row["test_ccc_high"]),
            ccc_between(row["test_ccc_w0"], row["test_ccc_low_w0"], row["test_ccc_high_w0"]),
            ccc_between(row["difference"], row["difference_low"], row["difference_high"]),
            probability(row["p_value"]),
            probability(row["p_value_over_frames"]),
        ]
        rows.append((names, [Strong(cell) for cell in cells] if row["stands_out"] else cells))
    return Table(
        "Best w against w = 0 on test: mean CCC over seeds and its difference, each with the "
        f"{CONFIDENCE} interval of a bootstrap over {units}, and two-sided p-values of the "
        f"difference. Over {units}, a permutation swaps whole {units} between the two models; "
        "over frames, single frames, as if they were independent, which makes p far too small. "
        f"Intervals over few {units} are somewhat too narrow; p over {units} is right for any "
        f"number of them{f'; {limit}' if limit else ''}.{_what_is_bold(run)}",
        corner=("Task", "Setup", "H", *map(in_words, swept_settings(run))),
        columns=[
            ("Best w", "w"),
            ("Best w", "CCC"),
            ("w = 0", "CCC"),
            ("Difference", "CCC"),
            ("p", f"over {units}"),
            ("p", "over frames"),
        ],
        rows=rows,
    )


def systems_table(run: FinishedRun, systems: pd.DataFrame) -> Table:
    """Other systems' own predictions beside this run's best models of states."""
    partitions = labelled_partitions(run.facts)
    best = best_of_tasks(run.selection[run.selection["target"] == STATE])
    scores = pd.concat([best.assign(system=_THIS_RUN), systems]).pivot_table(
        index="system", columns="dimension", values=[f"{p}_ccc" for p in partitions]
    )
    scores = scores.reindex([_THIS_RUN, *dict.fromkeys(systems["system"])])
    columns = [(dimension, p) for dimension in run.facts.dimensions for p in partitions]
    scores = scores.reindex(columns=[(f"{p}_ccc", dimension) for dimension, p in columns])
    highest = scores.max()
    return Table(
        "CCC of states beside that of other systems, whose predictions were this run's features, "
        "on the same frames. This run: the setup, hidden size and w that are best on dev, mean "
        "over seeds. The best of each column is in bold.",
        corner=("System",),
        columns=[(dimension.capitalize(), partition) for dimension, partition in columns],
        rows=[
            # A system's folder may lie deep; its own name is enough.
            ((PurePath(system).name,), score_cells(row, highest))
            for system, row in scores.iterrows()
        ],
    )


def has_asterisk(selection: pd.DataFrame) -> pd.Series:
    """Whether in each row of `selection.csv` best w is significantly better than w = 0.

    Only rows of states can have an asterisk, as in Table 1.
    """
    improved = (selection["p_value"] < SIGNIFICANT) & (selection["difference"] > 0)
    return improved & (selection["target"] == STATE)


def with_asterisks(cells: Sequence[str], has_asterisk: pd.Series) -> list[str]:
    """Cells of scores with their asterisks; a missing row, NaN, has none."""
    return [
        type(cell)(f"{cell}*") if marked else cell
        for cell, marked in zip(cells, has_asterisk.eq(True), strict=True)
    ]


def best_of_targets(at_best_w: pd.Series, at_w0: pd.Series) -> pd.Series:
    """The highest CCC of a dimension's states and of its dynamics, for each cell of them.

    NaN where all cells read alike, so that none is the best. Dynamics at w = 0 are shown, but do
    not count: no loss trains them.

    Args:
        at_best_w: CCC at best w; a level of its index is `target`.
        at_w0: The same at w = 0.
    """
    is_state = at_w0.index.get_level_values("target") == STATE
    compete = pd.concat([at_best_w, at_w0.where(is_state)]).groupby(level="target")
    read_alike = compete.agg(lambda scores: len({*scores.dropna().map(ccc)}) == 1)
    highest = compete.max().mask(read_alike.astype(bool))
    of_cells = highest.reindex(at_best_w.index.get_level_values("target"))
    return of_cells.set_axis(at_best_w.index)


def score_cells(scores: pd.Series, best: pd.Series) -> list[str]:
    """Cells of scores, strong where they read like the best one."""
    return [
        Strong(ccc(score)) if ccc(score) == ccc(highest) != UNDEFINED else ccc(score)
        for score, highest in zip(scores, best, strict=True)
    ]


def in_order(run: FinishedRun, table: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], pd.Series]]:
    """The rows of a table of networks and tasks as they are shown, each with its names."""
    order, settings = (*run.facts.dimensions, MULTI, *TARGETS), swept_settings(run)
    table = table.sort_values(
        ["dimension", "target", "setup", "hidden_size", *settings],
        key=lambda names: (
            names.map(order.index) if names.name in ("dimension", "target", "setup") else names
        ),
        kind="stable",
    )
    for _, row in table.iterrows():
        task = task_name(Task(row["dimension"], row["target"])).capitalize()
        setup = "multi" if row["setup"] == MULTI else "mono"
        values = (value_in_words(row[name]) for name in settings)
        yield (task, setup, f"{row['hidden_size']}", *values), row


def _with_best_of_several(run: FinishedRun) -> pd.DataFrame:
    """`selection.csv` with `stands_out`: which rows are chosen on dev from several networks."""
    selection = run.selection
    has_others = selection.duplicated(["setup", *TASK], keep=False)
    return selection.assign(stands_out=selection["chosen"] & has_others)


def _what_is_bold(run: FinishedRun) -> str:
    stands_out = _with_best_of_several(run)["stands_out"].any()
    return f" In bold: {_best_on_dev(run)}." if stands_out else ""


def _best_on_dev(run: FinishedRun) -> str:
    """What is chosen besides w, in words."""
    settings = [*map(in_words, swept_settings(run))]
    return (
        f"the {listed(['hidden size', *settings])} that {'are' if settings else 'is'} best on dev"
    )
