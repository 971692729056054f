"""The comparison of several runs from top to bottom."""

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from affdyn_jax.evaluation.lane_columns import TASK
from affdyn_jax.evaluation.significance import smallest_p_value
from affdyn_jax.method.tasks import Task
from affdyn_jax.report.comparison.differences import compare_runs
from affdyn_jax.report.comparison.scored_run import ScoredRun
from affdyn_jax.report.comparison.tables import (
    config_table,
    models_table,
    runs_table,
    scores_table,
    short_scores_table,
)
from affdyn_jax.report.document.blocks import Document, Paragraph, Section, Table, Warnings
from affdyn_jax.report.notation import counted, listed, probability, task_name
from affdyn_jax.report.significant import SIGNIFICANT
from affdyn_jax.system.standin_mark import STANDIN_WORDS

_WHOLE = 0.99  # of the frames that both should have


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """Runs set side by side; the others are compared with the first.

    Attributes:
        runs: Two or more by their names.
        configs: Of each every field of its config, by its name `sweep.seeds`.
    """

    runs: Mapping[str, ScoredRun]
    configs: Mapping[str, Mapping[str, Any]]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Scores and differences, from `differences.compare_runs`."""
        return compare_runs(self.runs)

    @property
    def is_standin(self) -> bool:
        """Whether any of the runs is on generated data."""
        return any(scored.run.facts.is_standin for scored in self.runs.values())

    @property
    def notes(self) -> list[str]:
        """What a reader has to know: generated data, tests that are missing or cannot tell."""
        return [*self._standins(), *self._untested(), *self._partly_tested(), *self._too_few()]

    @property
    def short_tables(self) -> list[Table]:
        """What a terminal has room for."""
        scores, fields = short_scores_table(self.runs, self.table), config_table(self.configs)
        return [*([fields] if fields.rows else []), scores]

    def document(self) -> Document:
        """The comparison as a page."""
        fields = config_table(self.configs)
        notes = [Warnings(self.notes)] if self.notes else []
        return Document(
            f"Runs compared: {listed([*self.runs])}",
            STANDIN_WORDS if self.is_standin else "",
            [
                Section("Overview", [runs_table(self.runs), *notes]),
                Section("Scores", [scores_table(self.runs, self.table), models_table(self.runs)]),
                Section(
                    "Config",
                    [fields if fields.rows else Paragraph("All runs have the same config.")],
                ),
            ],
        )

    def _standins(self) -> list[str]:
        names = [name for name, scored in self.runs.items() if scored.run.facts.is_standin]
        if not names:
            return []
        return [
            f"Trained on a generated corpus: {listed(names)}. Such scores say nothing about people."
        ]

    def _untested(self) -> list[str]:
        """Why which runs were not tested on which tasks."""
        untested = self.table[self.table["why_not"] != ""]
        found = []
        for (name, why_not), rows in untested.groupby(["run", "why_not"], sort=False):
            tasks = [task_name(Task(*task)) for task in rows[TASK].to_numpy()]
            found.append(f"{name} is not tested for {listed(tasks)}: {why_not}.")
        return found

    def _partly_tested(self) -> list[str]:
        shares = self.table.groupby("run", sort=False)["share"].min()
        return [
            f"{name} is tested on {100 * share:.0f} % of its frames, those that both runs have."
            for name, share in shares.items()
            if share < _WHOLE
        ]

    def _too_few(self) -> list[str]:
        """Whether so few recordings can show any difference."""
        tests = int(self.table["p_value"].notna().sum())
        if not tests:
            return []
        first, *_ = self.runs.values()
        smallest = smallest_p_value(len(first.groups)) * tests
        if smallest < SIGNIFICANT:
            return []
        unit = "group" if first.run.facts.groups else "recording"
        return [
            f"With {counted(len(first.groups), f'test {unit}')} and {counted(tests, 'test')} no "
            f"corrected p can be below {probability(min(smallest, 1.0))}, so no difference can be "
            "significant."
        ]
