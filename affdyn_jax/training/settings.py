"""Settings of a sweep: which lanes it trains, and how (§3.3, §4.2)."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field

from affdyn_jax.system.field_types import Several

_HiddenSize = Annotated[int, Field(ge=1, le=2**16)]


@dataclasses.dataclass(frozen=True)
class HiddenSizes:
    """Hidden sizes H of the models."""

    mono: Annotated[
        tuple[_HiddenSize, ...],
        Several,
        Field(description="of models of one dimension (§3.3); none leaves them out"),
    ] = (16, 32)
    multi: Annotated[
        tuple[_HiddenSize, ...],
        Several,
        Field(description="of models of all dimensions (§3.3); none leaves them out"),
    ] = (16, 32, 64)


@dataclasses.dataclass(frozen=True)
class SweepSettings:
    """The lanes of a sweep: each combination of these is one."""

    weights: Annotated[
        tuple[Annotated[float, Field(ge=0, le=1)], ...],
        Several,
        Field(description="w, the weight of the dynamics in the loss (Eq. 4, §4.2)"),
    ] = tuple(tenths / 10 for tenths in range(11))
    seeds: Annotated[
        tuple[Annotated[int, Field(ge=0, lt=2**32)], ...],
        Several,
        Field(description="of initial weights and of the order of recordings"),
    ] = (0, 1, 2)
    hidden_sizes: HiddenSizes = dataclasses.field(default_factory=HiddenSizes)


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How each lane is trained."""

    learning_rate: Annotated[float, Field(ge=1e-12, le=1e38, description="of Adam (§4.2)")] = 6e-4
    beta1: Annotated[
        float, Field(ge=0, le=1 - 1e-6, description="of Adam, decay of the first moment")
    ] = 0.9
    beta2: Annotated[
        float, Field(ge=0, le=1 - 1e-6, description="of Adam, decay of the second moment")
    ] = 0.999
    epsilon: Annotated[float, Field(ge=1e-30, le=1, description="of Adam")] = 1e-8
    max_epochs: Annotated[
        int, Field(ge=1, le=10**6, description="after which every lane is over (§4.2)")
    ] = 250
    patience: Annotated[
        int,
        Field(
            ge=1,
            le=10**6,
            description="epochs without improvement after which a lane is over (§4.2)",
        ),
    ] = 30
    monitor: Annotated[
        Literal["loss", "state", "dynamics"],
        Field(description="what stops a lane: its own loss on dev, or that of one target"),
    ] = "loss"
    checkpoint_every: Annotated[
        int, Field(ge=1, le=10**6, description="epochs from one checkpoint to the next")
    ] = 25
