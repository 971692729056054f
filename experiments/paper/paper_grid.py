"""The runs that Table 1 consists of: one for each set of features of each corpus."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from ml_collections import ConfigDict

from affdyn_jax.errors import ConfigError
from affdyn_jax.system.field_words import nearest

HEADINGS = {"mfcc": "MFCC", "mfb": "MFB", "w2v2": "W2V2"}  # of Table 1's columns, in order


@dataclasses.dataclass(frozen=True)
class GridRun:
    """A run of the grid.

    Attributes:
        folder: Below the experiment's, e.g. `recola/w2v2_base`.
        features: The paper's name of its features.
        model: Which of several models of wav2vec 2.0 made them; empty where there is only one.
        config: The config that it runs with.
    """

    folder: Path
    features: str
    model: str
    config: ConfigDict


def grid_runs(configs: Mapping[str, ConfigDict], kinds: Sequence[str]) -> list[GridRun]:
    """The runs of all corpora, in the order of the table.

    Each config has its own features and nothing of the others', so each run can be resumed
    independently of the others.

    Args:
        configs: Made like `configs/base.py`, by name; where `features.w2v2.models` has
            several, each is a column.
        kinds: Of features, keys of `HEADINGS`.

    Raises:
        ConfigError: An unknown kind, or two corpora of one name.
    """
    for kind in kinds:
        if kind not in HEADINGS:
            raise ConfigError(f"features={kind!r} is not known; {nearest(kind, list(HEADINGS))}")
    corpora = [config.corpus.name for config in configs.values()]
    for corpus in corpora:
        if corpora.count(corpus) > 1:
            raise ConfigError(f"two configs have corpus.name={corpus}; give each a name of its own")
    runs = []
    for name, config in configs.items():
        for kind in (kind for kind in HEADINGS if kind in kinds):
            for label, model in _models(config, kind).items():
                folder = Path(name) / "_".join(part for part in (kind, label) if part)
                runs.append(GridRun(folder, HEADINGS[kind], label, _with(config, kind, model)))
    return runs


def _models(config: ConfigDict, kind: str) -> dict[str, str]:
    """The models that features are made with, by their labels; a single one has none."""
    if kind != "w2v2":
        return {"": ""}
    return config.features.w2v2.models.to_dict() or {"": config.features.w2v2.model}


def _with(config: ConfigDict, kind: str, model: str) -> ConfigDict:
    """A copy of the config with other features."""
    config = config.copy_and_resolve_references()
    config.features.name = kind
    config.features.w2v2.model = model
    with config.unlocked():
        config.features.w2v2.models = ConfigDict()
    return config
