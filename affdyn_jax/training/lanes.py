"""The grid of lanes: which models a sweep trains (§3.3, §4.2).

A lane is a vector of task weights (`method.tasks.task_weights`), and of whatever else is swept.
Mono- and multi-dimensional models, all values of w, all seeds and all folds are then rows of one
array: one model, one loss, one program.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from affdyn_jax.method.low_pass_kinds import NONE
from affdyn_jax.method.tasks import MULTI
from affdyn_jax.training.settings import SweepSettings

FIXED = "fixed"

# What stands before a value in a lane's name.
_IN_NAMES = {
    "learning_rate": "lr",
    "patience": "patience",
    "weight_decay": "decay",
    "dropout": "dropout",
    "low_pass": "",
    "layer": "layer",
}

# What a lane's `swept` may name, and a table has a column for, in their order.
SWEPT = ("weighting", *_IN_NAMES)


@dataclasses.dataclass(frozen=True)
class Lane:
    """One model of the sweep.

    Attributes:
        setup: The name of the dimensions trained together, `arousal`, `valence` or `multi`.
        dimensions: These dimensions.
        hidden_size: H.
        w: Weight of the dynamics in the loss (Eq. 4), 0 to 1; NaN where a rule moves it.
        seed: Of the initial weights and of the order of recordings.
        fold: The fold of a cross-validation, from 0; None on the corpus's partitions.
        swept: Whatever else this sweep has several values of, by name: `weighting`,
            `learning_rate`, `patience`, `weight_decay`, `dropout`, `low_pass`, and `layer`, the
            number of the encoder's layer that it hears.
    """

    setup: str
    dimensions: tuple[str, ...]
    hidden_size: int
    w: float
    seed: int
    fold: int | None = None
    swept: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """Unique in a run, e.g. `multi-h32-w0.4-seed0` or `multi-h32-famo-lr0.001-seed0-fold3`."""
        settings = [
            f"{_IN_NAMES[name]}{value if isinstance(value, str) else format(value, '.15g')}"
            for name, value in self.swept
            if name in _IN_NAMES and value != NONE
        ]
        weighting = f"w{self.w:g}" if self.weighting == FIXED else self.weighting
        fold = [] if self.fold is None else [f"fold{self.fold}"]
        network = [self.setup, f"h{self.hidden_size}", weighting, *settings]
        return "-".join([*network, f"seed{self.seed}", *fold])

    @property
    def weighting(self) -> str:
        """`fixed`, or the name of the rule that moves w."""
        return dict(self.swept).get("weighting", FIXED)

    @property
    def layer(self) -> int | None:
        """The number of the layer that it hears; None where the features have none."""
        return dict(self.swept).get("layer")


def lanes_by_hidden_size(
    dimensions: Sequence[str],
    sweep: SweepSettings,
    fold_count: int = 0,
    layers: Sequence[int] = (),
) -> dict[int, tuple[Lane, ...]]:
    """All lanes of a sweep, grouped by what has to be equal for them to train together.

    Args:
        dimensions: All D dimensions of the corpus.
        sweep: What is swept.
        fold_count: Folds of the cross-validation; 0 on the corpus's partitions.
        layers: Numbers of an encoder's layers, each of which lanes of their own hear.

    Returns:
        Lanes for each hidden size, ascending; within one, layer by layer, fold by fold and seed by
        seed, and all of these have the same lanes in the same order.
    """
    setups = [(dimension, (dimension,), sweep.hidden_sizes.mono) for dimension in dimensions]
    if len(dimensions) > 1:
        setups.append((MULTI, tuple(dimensions), sweep.hidden_sizes.multi))
    return {
        hidden_size: tuple(
            Lane(setup, lane_dimensions, hidden_size, w, seed, fold, (*swept, *of_layer))
            for of_layer in ([(("layer", layer),) for layer in layers] or [()])
            for fold in (range(fold_count) if fold_count else (None,))
            for seed in sweep.seeds
            for setup, lane_dimensions, hidden_sizes in setups
            if hidden_size in hidden_sizes
            for w, swept in _settings(sweep)
        )
        for hidden_size in sorted({size for *_, sizes in setups for size in sizes})
    }


def _settings(sweep: SweepSettings) -> Iterator[tuple[float, tuple[tuple[str, Any], ...]]]:
    """Each w or rule with each combination of the other settings."""
    rules = [rule for rule in sweep.weightings if rule != FIXED]
    weightings = [(w, ((("weighting", FIXED),) if rules else ())) for w in sweep.weights]
    weightings += [(math.nan, (("weighting", rule),)) for rule in rules]
    swept = sweep.swept()
    for values in itertools.product(*swept.values()):
        others = tuple(zip(swept, values, strict=True))
        for w, weighting in weightings:
            yield w, (*weighting, *others)
