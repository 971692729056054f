"""What one family of encoders brings along: all that is known of it stands in one `Family`.

A new family is a file with its settings, its network and a `Family`, and a line of
`families.FAMILIES`. The network takes a batch of whatever the front end makes of windows: of
wav2vec 2.0 their samples, shape (B, S); of Whisper mel energies, shape (B, frames, bands), computed
with NumPy, window by window.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flax import nnx

from affdyn_jax.features.encoders.front_end import FrontEnd


@dataclass(frozen=True)
class Family:
    """Encoders of one `model_type`.

    Attributes:
        title: Its name in messages.
        settings: A frozen dataclass with `hidden_size`, `num_hidden_layers` and a class method
            `from_config(config, source)`, which raises FeatureError.
        network: Makes the network, called as `network(settings, rngs=rngs)`. The network is called
            with a batch of inputs and returns `HiddenStates`.
        front_end: What becomes of audio before the network: from the settings, the feature
            extractor's settings (`Checkpoint.preprocessor`) and the checkpoint's name.
        prefixes: What checkpoints may have before the names of the encoder's weights. Where
            weights have one, others are left out; without any, names begin with the encoder's own.
        outside: How names of weights begin, behind the prefix, that are no part of the encoder or
            serve only its training.
        head: How names of weights begin, without prefix, of a head that may be asked for features.
        has_preprocessor: Whether its checkpoints have the feature extractor's settings in a file.
    """

    title: str
    settings: type[Any]
    network: Callable[..., nnx.Module]
    front_end: Callable[[Any, Mapping[str, Any], str], FrontEnd]
    prefixes: tuple[str, ...]
    outside: tuple[str, ...]
    head: tuple[str, ...] = ()
    has_preprocessor: bool = True
