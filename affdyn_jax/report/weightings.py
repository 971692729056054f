"""Rules that move w beside fixed w: does one save the sweep?"""

import pandas as pd

from affdyn_jax.evaluation.weightings import BEST, W0
from affdyn_jax.method.tasks import DYNAMICS, STATE
from affdyn_jax.report.document.blocks import Paragraph, Table
from affdyn_jax.report.notation import CONFIDENCE, ccc, ccc_between, counted, probability, weight
from affdyn_jax.report.partitions import scored_partition
from affdyn_jax.report.significant import SIGNIFICANT, units_of_tests
from affdyn_jax.report.swept import in_words, swept_settings
from affdyn_jax.report.tables import in_order
from affdyn_jax.workdir.files import FinishedRun

_WORDS = {STATE: "States", DYNAMICS: "Dynamics"}


def verdict(run: FinishedRun, weightings: pd.DataFrame) -> Paragraph:
    """How often a rule was better or worse than fixed w."""
    said = []
    for target, of_target in weightings.groupby("target", sort=False):
        for suffix, other in ((BEST, "the best fixed w"), (W0, "w = 0")):
            difference = of_target[f"difference{suffix}"]
            found = difference[of_target[f"p_value{suffix}"] < SIGNIFICANT]
            compared = counted(int(difference.notna().sum()), "comparison")
            said.append(
                f"{_WORDS[target]} by a rule were better than at {other} in "
                f"{(found > 0).sum()} of {compared}, and worse in {(found < 0).sum()}."
            )
    return Paragraph(
        f"{' '.join(said)} Better or worse is p < .05 on test in a paired permutation test over "
        f"{units_of_tests(run.facts)}, not corrected for the number of tests."
    )


def weightings_table(run: FinishedRun, weightings: pd.DataFrame) -> Table:
    """Every network by each rule, beside the best fixed w and w = 0."""
    scored, rows = scored_partition(run.facts), []
    for names, row in in_order(run, weightings):
        cells = [
            ccc(row["dev_ccc"]),
            ccc_between(row[f"{scored}_ccc"], row["test_ccc_low"], row["test_ccc_high"]),
            weight(row[f"w{BEST}"]),
        ]
        for suffix in (BEST, W0):
            bounds = (row[f"difference{bound}{suffix}"] for bound in ("", "_low", "_high"))
            cells += [
                ccc(row[f"{scored}_ccc{suffix}"]),
                ccc_between(*bounds),
                probability(row[f"p_value{suffix}"]),
            ]
        rows.append(((*names, row["weighting"]), cells))
    return Table(
        "Rules that move w in training beside fixed w, in the same networks: mean CCC over seeds, "
        "and the rule's CCC on test less that of the best w (by dev) and of w = 0, with the "
        f"{CONFIDENCE} interval of a bootstrap and the two-sided p of a permutation test over "
        f"{units_of_tests(run.facts)}.",
        corner=("Task", "Setup", "H", *map(in_words, swept_settings(run)), "Rule"),
        columns=[
            ("Rule", "dev"),
            ("Rule", scored),
            ("Best w", "w"),
            ("Best w", scored),
            ("Best w", "difference"),
            ("Best w", "p"),
            ("w = 0", scored),
            ("w = 0", "difference"),
            ("w = 0", "p"),
        ],
        rows=rows,
    )
