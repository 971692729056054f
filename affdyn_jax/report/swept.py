"""What a run swept besides w and its seeds, in words."""

from collections.abc import Mapping

from affdyn_jax.evaluation.lane_columns import has_fixed_w, network_columns
from affdyn_jax.workdir.files import FinishedRun


def swept_settings(run: FinishedRun) -> dict[str, list]:
    """The values of each setting that has a column in the tables, by its name, `learning_rate`."""
    return {
        name: list(dict.fromkeys(run.lanes[name]))
        for name in network_columns(run.lanes)
        if name not in ("setup", "hidden_size")
    }


def rules(run: FinishedRun) -> list[str]:
    """The rules that moved w of some lanes."""
    if "weighting" not in run.lanes:
        return []
    return list(dict.fromkeys(run.lanes.loc[~has_fixed_w(run.lanes), "weighting"]))


def in_words(setting: str) -> str:
    """A setting's name, `learning rate`."""
    return setting.replace("_", " ")


def value_in_words(value: object) -> str:
    """A setting's value, `0.001`."""
    return value if isinstance(value, str) else f"{value:g}"


def patience(run: FinishedRun) -> str:
    """The epochs without improvement after which lanes stopped, `10 or 30`."""
    values: Mapping[str, list] = swept_settings(run)
    values = values.get("patience", [run.config["training"]["patience"]])
    return " or ".join(map(value_in_words, values))
