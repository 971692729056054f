"""Names of weighting rules to the rules."""

from collections.abc import Sequence
from typing import Literal, assert_never

from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.weighting.dwa import dwa
from affdyn_jax.training.weighting.famo import famo
from affdyn_jax.training.weighting.linear import linear
from affdyn_jax.training.weighting.rule import Rule
from affdyn_jax.training.weighting.uncertainty import uncertainty

RuleName = Literal["uncertainty", "dwa", "famo", "linear"]


def rules_of(names: Sequence[RuleName], settings: TrainingSettings) -> tuple[Rule, ...]:
    """The rules of these names, in their order."""
    return tuple(_rule(name, settings) for name in names)


def _rule(name: RuleName, settings: TrainingSettings) -> Rule:
    match name:
        case "uncertainty":
            return uncertainty(settings)
        case "dwa":
            return dwa()
        case "famo":
            return famo()
        case "linear":
            return linear(settings)
        case _:
            assert_never(name)
