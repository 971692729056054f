"""Dev CCC of combinations of settings, and the best of them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from affdyn_jax.errors import RunError
from affdyn_jax.evaluation.selection import half_interval
from affdyn_jax.method.tasks import TARGETS
from affdyn_jax.report.setup_kinds import setup_kind

HIDDEN_SIZE = "hidden_size"


@dataclasses.dataclass(frozen=True, eq=False)
class Tuning:
    """What each combination of settings has come to.

    Attributes:
        settings: The settings that were listed, columns of the tables below.
        varied: Those of them that have several values for models of one kind.
        by_seed: Of each kind of models (`kind`), combination and `seed` the mean dev CCC of states
            and dynamics (`state`, `dynamics`) over the setups and dimensions of this kind.
        combinations: Means of these over seeds, `…_ci` half the width of their interval, how many
            `seeds`, how many `epochs` lanes trained, and `mean`, that of both targets; the best of
            each kind first.
    """

    settings: Sequence[str]
    varied: Sequence[str]
    by_seed: pd.DataFrame
    combinations: pd.DataFrame

    @property
    def kinds(self) -> list[str]:
        """The kinds of models, in the paper's order."""
        return sorted(self.combinations["kind"].unique())

    def values(self, setting: str) -> list[str]:
        """All values of a setting, as `label` has them."""
        return [self.label(value) for value in sorted(self.combinations[setting].unique())]

    def best(self, kind: str) -> pd.Series:
        """The combination with the highest mean, a row of `combinations`."""
        return self.combinations[self.combinations["kind"] == kind].iloc[0]

    def row(self, kind: str, values: Mapping[str, Any]) -> pd.Series | None:
        """The best combination with these values of settings, where there is one."""
        rows = self._rows(kind, values)
        return None if rows.empty else rows.iloc[0]

    def along(self, kind: str, setting: str) -> pd.DataFrame:
        """The rows of `combinations` that differ from the best one in this setting alone."""
        best = self.best(kind)
        others = {name: best[name] for name in self.settings if name != setting}
        return self._rows(kind, others).sort_values(setting)

    @staticmethod
    def label(value: Any) -> str:
        """A value as tables and figures show it."""
        return value if isinstance(value, str) else f"{value:g}"

    def _rows(self, kind: str, values: Mapping[str, Any]) -> pd.DataFrame:
        rows = self.combinations[self.combinations["kind"] == kind]
        for name, value in values.items():
            rows = rows[rows[name] == value]
        return rows


def tuning_of(lanes: pd.DataFrame, settings: Sequence[str]) -> Tuning:
    """The scores of all combinations.

    Args:
        lanes: The table `lanes.csv`; lanes that diverged are left out.
        settings: Its columns that lanes may differ in.

    Raises:
        RunError: All lanes of a kind diverged.
    """
    lanes = lanes.assign(kind=lanes["setup"].map(setup_kind))
    values = lanes.groupby("kind")[list(settings)].nunique()
    varied = [name for name in settings if values[name].max() > 1]
    sound = lanes[~lanes["diverged"]]
    for kind in set(lanes["kind"]) - set(sound["kind"]):
        raise RunError(f"all lanes of the {kind} models diverged; list lower learning_rates")
    place = ["kind", *settings]
    by_seed = sound.pivot_table(index=[*place, "seed"], columns="target", values="dev_ccc")
    by_seed = by_seed.reset_index().rename_axis(columns=None)
    groups = by_seed.groupby(place)
    combinations = groups[list(TARGETS)].mean()
    for target in TARGETS:
        combinations[f"{target}_ci"] = groups[target].agg(half_interval)
    combinations["seeds"] = groups.size()
    combinations["epochs"] = sound.drop_duplicates("lane").groupby(place)["epochs"].mean()
    combinations["mean"] = np.mean([combinations[target] for target in TARGETS], axis=0)
    ordered = combinations.reset_index().sort_values("mean", ascending=False, kind="stable")
    return Tuning(settings, varied, by_seed, ordered.reset_index(drop=True))


def in_words(setting: str) -> str:
    """A setting's name, `learning rate`."""
    return setting.replace("_", " ")
