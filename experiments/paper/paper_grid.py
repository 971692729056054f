"""The runs that Table 1 consists of: one for each set of features of each corpus."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from affdyn_jax.config import Settings
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
        settings: What it runs with.
    """

    folder: Path
    features: str
    model: str
    settings: Settings


def grid_runs(sweeps: Mapping[str, Settings], kinds: Sequence[str]) -> list[GridRun]:
    """The runs of all corpora, in the order of the table.

    Each has its own features and nothing of the others', so each run can be resumed
    independently of the others.

    Args:
        sweeps: The settings of each corpus's sweep, by name; where `features.encoder.models` has
            several, each is a column.
        kinds: Of features, keys of `HEADINGS`.

    Raises:
        ConfigError: An unknown kind, two corpora of one name, or no model of wav2vec 2.0.
    """
    for kind in kinds:
        if kind not in HEADINGS:
            raise ConfigError(f"features={kind!r} is not known; {nearest(kind, list(HEADINGS))}")
    corpora = [settings.corpus.name for settings in sweeps.values()]
    for corpus in corpora:
        if corpora.count(corpus) > 1:
            raise ConfigError(f"two configs have corpus.name={corpus}; give each a name of its own")
    runs = []
    for name, settings in sweeps.items():
        for kind in (kind for kind in HEADINGS if kind in kinds):
            for label, model in _models(settings, kind).items():
                folder = Path(name) / "_".join(part for part in (kind, label) if part)
                runs.append(GridRun(folder, HEADINGS[kind], label, _with(settings, kind, model)))
    return runs


def _models(settings: Settings, kind: str) -> Mapping[str, str]:
    """The models that features are made with, by their labels; a single one has none."""
    encoder = settings.features.encoder
    if kind != "w2v2":
        return {"": ""}
    if not (encoder.models or encoder.model):
        raise ConfigError(
            f"{settings.corpus.name}: features.encoder.model is not set; name a folder with a "
            "checkpoint or a model on the Hugging Face hub"
        )
    return encoder.models or {"": encoder.model}


def _with(settings: Settings, kind: str, model: str) -> Settings:
    """The settings with other features."""
    encoder = dataclasses.replace(settings.features.encoder, model=model, models={})
    features = dataclasses.replace(
        settings.features,
        name="encoder" if kind == "w2v2" else kind,
        are_predictions=False,
        encoder=encoder,
    )
    return dataclasses.replace(settings, features=features)
