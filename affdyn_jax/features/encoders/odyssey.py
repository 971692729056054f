"""The baselines of the Odyssey 2024 emotion challenge: WavLM, fine-tuned on MSP-Podcast.

Their `config.json` names WavLM's checkpoint (`ssl_type`) in place of its sizes, and has the mean
and the standard deviation of the samples that they were trained on.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

import numpy as np
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.config_json import quoted
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.front_end import FrontEnd, check_rate, window_by_window
from affdyn_jax.features.encoders.wavlm import WavLMSettings, network
from affdyn_jax.features.encoders.windows import Geometry

# What the configuration of each checkpoint that may be named says.
_FINE_TUNED: Mapping[str, Mapping[str, Any]] = {
    "microsoft/wavlm-large": {
        "feat_extract_norm": "layer",
        "do_stable_layer_norm": True,
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    }
}

_FLOOR = 1e-6  # added to the deviation

# Samples are of ±1, or whole numbers of 16 bits at most; the quietest differ by a step of these.
_LOUDEST, _QUIETEST = 2.0**15, 2.0**-15


@dataclass(frozen=True, config=ConfigDict(strict=True))
class OdysseySettings(WavLMSettings):
    """WavLM's, and what samples are standardised by.

    Attributes:
        mean: Of the samples.
        std: Their standard deviation.
    """

    mean: Annotated[float, Field(ge=-_LOUDEST, le=_LOUDEST)] = 0.0
    std: Annotated[float, Field(ge=_QUIETEST, le=_LOUDEST)] = 1.0

    @classmethod
    def from_config(cls, config: Mapping[str, Any], source: str) -> Self:
        """Settings as a checkpoint's configuration has them.

        Args:
            config: What its `config.json` holds.
            source: Where it comes from, for messages.

        Raises:
            FeatureError: It was made of another checkpoint, or lacks mean or deviation.
        """
        name = config.get("ssl_type")
        if not isinstance(name, str) or name not in _FINE_TUNED:
            raise FeatureError(
                f"{source}: ssl_type is {quoted(name)}, but of these encoders only "
                f"{' and '.join(_FINE_TUNED)} are known; choose another checkpoint"
            )
        missing = {"mean", "std"} - config.keys()
        if missing:
            raise FeatureError(
                f"{source}: has no {' and no '.join(sorted(missing))}, which samples are "
                "standardised by; get the checkpoint again"
            )
        scale = {name: config[name] for name in ("mean", "std")}
        return super().from_config(_FINE_TUNED[name] | scale, source)


def standardised_waveform(
    settings: OdysseySettings, preprocessor: Mapping[str, Any], source: str
) -> FrontEnd:
    """Samples less the mean, divided by the deviation, of those in training.

    Args:
        settings: Of the network.
        preprocessor: The feature extractor's settings, if there are any.
        source: Where the checkpoint came from, for messages.

    Raises:
        FeatureError: It wants audio of another rate.
    """
    check_rate(preprocessor, source)
    mean, deviation = np.float32(settings.mean), np.float32(settings.std + _FLOOR)
    return FrontEnd(
        Geometry(),
        window_by_window(lambda samples: (samples - mean) / deviation),
        described={
            "recording_normalised": False,
            "samples_less": settings.mean,
            "samples_divided_by": settings.std + _FLOOR,
        },
    )


ODYSSEY = Family(
    title="Odyssey's WavLM",
    settings=OdysseySettings,
    network=network,
    front_end=standardised_waveform,
    prefixes=("ssl_model.",),
    outside=("masked_spec_embed", "pool_model.", "ser_model."),
    has_preprocessor=False,
)
