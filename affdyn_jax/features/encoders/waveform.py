"""The front end of networks that begin with convolutions over samples."""

import math
import reprlib
from collections.abc import Mapping
from typing import Any

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.front_end import FrontEnd, check_rate
from affdyn_jax.features.encoders.inputs import VARIANCE_FLOOR
from affdyn_jax.features.encoders.windows import STRIDE, Geometry


def waveform(
    settings: ConvolutionalSettings, preprocessor: Mapping[str, Any], source: str
) -> FrontEnd:
    """Samples as they are, at the level that the checkpoint wants.

    Args:
        settings: Of the network.
        preprocessor: As transformers' `Wav2Vec2FeatureExtractor` writes it.
        source: Where the checkpoint came from, for messages.

    Raises:
        FeatureError: It wants other audio, or makes frames of another length.
    """
    normalises = preprocessor.get("do_normalize", True)
    if not isinstance(normalises, bool):
        raise FeatureError(
            f"{source}: its feature extractor's do_normalize is {reprlib.repr(normalises)}, "
            "neither true nor false; choose another checkpoint"
        )
    check_rate(preprocessor, source)
    stride, field_ = math.prod(settings.conv_stride), _receptive_field(settings)
    geometry = Geometry(receptive_field=field_, first_centre=field_ / 2)
    if (stride, field_) != (STRIDE, Geometry.receptive_field):
        raise FeatureError(
            f"{source}: its convolutions make frames of {field_} samples every {stride}; only "
            f"{Geometry.receptive_field} every {STRIDE} are supported, so choose another checkpoint"
        )
    return FrontEnd(geometry, normalises, described={"variance_floor": VARIANCE_FLOOR})


def _receptive_field(settings: ConvolutionalSettings) -> int:
    """Samples that one frame is made of."""
    samples = 1
    for kernel, stride in zip(settings.conv_kernel[::-1], settings.conv_stride[::-1], strict=True):
        samples = (samples - 1) * stride + kernel
    return samples
