"""Settings of a sweep: which lanes it trains, and how (§3.3, §4.2)."""

import dataclasses
import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from affdyn_jax.method.low_pass_kinds import CAUSAL, CENTRED, NONE
from affdyn_jax.system.field_types import Distinct, Several, SeveralNames

_DECIMALS = 6


def _rounded(w: float) -> float:
    if round(w, _DECIMALS) != w:
        raise ValueError(f"has more than the {_DECIMALS} decimals that tables keep; round it")
    return w


def _one_filter(kinds: tuple[str, ...]) -> tuple[str, ...]:
    if {CENTRED, CAUSAL} <= set(kinds):
        raise ValueError("has both filters; train centred and causal in two runs")
    return kinds


LearningRate = Annotated[float, Field(ge=1e-12, le=1e38)]
Patience = Annotated[int, Field(ge=1, le=10**6)]
WeightDecay = Annotated[float, Field(ge=0, le=1e6)]
Dropout = Annotated[float, Field(ge=0, le=0.99)]

_HiddenSizes = Annotated[
    tuple[Annotated[int, Field(ge=1, le=2**16)], ...],
    Distinct,
    Several,
]


@dataclasses.dataclass(frozen=True)
class HiddenSizes:
    """Hidden sizes H of the models (§3.3)."""

    mono: Annotated[
        _HiddenSizes,
        Field(description="Of models of one dimension (§3.3); none leaves them out."),
    ] = (16, 32)
    multi: Annotated[
        _HiddenSizes,
        Field(description="Of models of all dimensions (§3.3); none leaves them out."),
    ] = (16, 32, 64)

    def __post_init__(self):
        """Refuse a sweep of nothing."""
        if not (self.mono or self.multi):
            raise ValueError("mono and multi are both empty; name a size in one at least")


@dataclasses.dataclass(frozen=True)
class SweepSettings:
    """The lanes of the sweep: each combination of these is one."""

    weights: Annotated[
        tuple[Annotated[float, Field(ge=0, le=1), AfterValidator(_rounded)], ...],
        Field(
            min_length=1,
            description="Values of w, the weight of the dynamics in the loss (Eq. 4, §4.2).",
        ),
        Distinct,
        Several,
    ] = tuple(tenths / 10 for tenths in range(11))
    seeds: Annotated[
        tuple[Annotated[int, Field(ge=0, le=2**32 - 1)], ...],
        Field(
            min_length=1,
            description="Of the initial weights and of the order of the recordings.",
        ),
        Distinct,
        Several,
    ] = (0, 1, 2)
    hidden_sizes: HiddenSizes = dataclasses.field(default_factory=HiddenSizes)
    folds: Annotated[
        Annotated[int, Field(ge=0, le=10**4)] | Literal["leave_one_group_out"],
        Field(
            description="Of a cross-validation: a number from 3 on, or one for each group of "
            "recordings; 0 takes the corpus's partitions."
        ),
    ] = 0
    layers: Annotated[
        Literal["each", "weighted"],
        Field(
            description="Of features.encoder.layers: whether `each` is heard by lanes of its own, "
            "or all lanes hear a `weighted` sum, whose weights they learn."
        ),
    ] = "each"
    weightings: Annotated[
        tuple[Literal["fixed", "uncertainty", "dwa", "famo", "linear"], ...],
        Field(
            description="What weighs states against dynamics: a fixed w, each of `weights`, or a "
            "rule that moves it in training."
        ),
        Distinct,
        SeveralNames,
    ] = ("fixed",)
    learning_rates: Annotated[
        tuple[LearningRate, ...],
        Field(description="Instead of training.learning_rate, where there are any."),
        Distinct,
        Several,
    ] = ()
    patiences: Annotated[
        tuple[Patience, ...],
        Field(description="Instead of training.patience, where there are any."),
        Distinct,
        Several,
    ] = ()
    weight_decays: Annotated[
        tuple[WeightDecay, ...],
        Field(description="Instead of training.weight_decay, where there are any."),
        Distinct,
        Several,
    ] = ()
    dropouts: Annotated[
        tuple[Dropout, ...],
        Field(description="Instead of training.dropout, where there are any."),
        Distinct,
        Several,
    ] = ()
    low_pass: Annotated[
        tuple[Literal["none", "centred", "causal"], ...],
        Field(
            min_length=1,
            description="Low-pass layer after the head, its cut-off trained for each task (§5): "
            "`centred` on 4 s before and after, or `causal`, 1 s late.",
        ),
        Distinct,
        SeveralNames,
        AfterValidator(_one_filter),
    ] = ("none",)

    def __post_init__(self):
        """Refuse a sweep that compares rules with nothing, and a cross-validation of two."""
        if "fixed" not in self.weightings:
            raise ValueError(
                f"weightings={self.weightings} lacks 'fixed', which rules are compared with"
            )
        if self.folds in (1, 2):
            raise ValueError(
                f"folds={self.folds} leaves nothing to train on beside a fold for dev and one for "
                "test; name 3 or more, or 0 for the corpus's partitions"
            )

    def lane_count(self, dimension_count: int) -> int:
        """How many lanes the sweep has of so many dimensions.

        Of `leave_one_group_out` those of one fold, as the groups are not known here.
        """
        setups = dimension_count * len(self.hidden_sizes.mono)
        if dimension_count > 1:
            setups += len(self.hidden_sizes.multi)
        folds = self.folds if isinstance(self.folds, int) and self.folds else 1
        weightings = len(self.weights) + len(self.weightings) - 1
        others = math.prod(len(values) for values in self.swept().values())
        return folds * len(self.seeds) * setups * weightings * others

    def swept(self) -> dict[str, tuple]:
        """Settings that lanes differ in besides w and its rules, by name: those that are listed."""
        lists = {
            "learning_rate": self.learning_rates,
            "patience": self.patiences,
            "weight_decay": self.weight_decays,
            "dropout": self.dropouts,
            "low_pass": () if self.low_pass == (NONE,) else self.low_pass,
        }
        return {name: values for name, values in lists.items() if values}


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How each lane is trained (§4.2)."""

    learning_rate: Annotated[LearningRate, Field(description="Of Adam (§4.2).")] = 6e-4
    weight_decay: Annotated[
        WeightDecay,
        Field(
            description="Part of the weights that a step takes away, times the learning rate, as "
            "in AdamW."
        ),
    ] = 0.0
    dropout: Annotated[
        Dropout,
        Field(description="Part of the first layer's outputs that the second one does not see."),
    ] = 0.0
    beta1: Annotated[
        float, Field(ge=0, le=1 - 1e-6, description="Of Adam: decay of the first moment.")
    ] = 0.9
    beta2: Annotated[
        float, Field(ge=0, le=1 - 1e-6, description="Of Adam: decay of the second moment.")
    ] = 0.999
    epsilon: Annotated[
        float, Field(ge=1e-30, le=1, description="Of Adam: what is added to its denominator.")
    ] = 1e-8
    max_epochs: Annotated[
        int, Field(ge=1, le=10**6, description="Epochs after which every lane ends (§4.2).")
    ] = 250
    patience: Annotated[
        Patience,
        Field(description="Epochs without improvement on dev after which a lane ends (§4.2)."),
    ] = 30
    monitor: Annotated[
        Literal["loss", "state", "dynamics"],
        Field(
            description="What has to improve on dev: the lane's own loss, or the loss of its "
            "states or its dynamics alone."
        ),
    ] = "loss"
    checkpoint_every: Annotated[
        int, Field(ge=1, le=10**6, description="Epochs from one checkpoint to the next.")
    ] = 25
    recurrence: Annotated[
        Literal["auto", "fused", "loop"],
        Field(
            description="What runs the GRU's loop over frames: one kernel (GPUs of NVIDIA, with "
            "the extra `gpu`), XLA's loop, or of these what is faster and right."
        ),
    ] = "auto"
