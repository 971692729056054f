"""What the program of an epoch consists of: what is the same for all lanes, and what none needs."""

import dataclasses

import optax

from affdyn_jax.method.low_pass import LowPass
from affdyn_jax.training.adam import adam
from affdyn_jax.training.settings import TrainingSettings
from affdyn_jax.training.weighting.rule import Rule


@dataclasses.dataclass(frozen=True)
class Parts:
    """What is compiled into the program for all lanes.

    Attributes:
        settings: Those that no sweep has several values of.
        rules: The rules that move w of some lanes.
        has_weight_decay: Whether some lane's weights decay.
        has_dropout: Whether some lane drops outputs of its first layer.
        low_pass: The layer after the head, if some lane has one.
        layer_count: Y, the layers whose weighted sum all lanes hear; 0 where they hear one.
        has_idle_steps: Whether some repetition has fewer recordings to train on than another.
    """

    settings: TrainingSettings
    rules: tuple[Rule, ...] = ()
    has_weight_decay: bool = False
    has_dropout: bool = False
    low_pass: LowPass | None = None
    layer_count: int = 0
    has_idle_steps: bool = False

    @property
    def adam(self) -> optax.GradientTransformation:
        """The optimiser of §4.2, before the learning rate."""
        return adam(self.settings.beta1, self.settings.beta2, self.settings.epsilon)
