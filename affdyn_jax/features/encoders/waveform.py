"""The front end of networks that begin with convolutions over samples."""

import math
import reprlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.front_end import (
    FrontEnd,
    WindowInputs,
    check_rate,
    window_by_window,
)
from affdyn_jax.features.encoders.windows import Geometry

# Added to the variance by transformers' `Wav2Vec2FeatureExtractor`.
_VARIANCE_FLOOR = 1e-7

# Samples from a frame to the next in published checkpoints: 50 frames a second, or 25.
_STRIDES = (320, 640)


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
    if stride not in _STRIDES or not stride <= field_ <= 2 * stride:
        raise FeatureError(
            f"{source}: its convolutions make frames of {field_} samples every {stride}; frames "
            f"of one to two strides every {' or '.join(map(str, _STRIDES))} are supported, so "
            "choose another checkpoint"
        )
    geometry = Geometry(receptive_field=field_, first_centre=field_ / 2, stride=stride)
    return FrontEnd(
        geometry,
        _normalised if normalises else window_by_window(lambda samples: samples),
        described={"recording_normalised": normalises, "variance_floor": _VARIANCE_FLOOR},
    )


def _normalised(blocks: Iterable[np.ndarray]) -> tuple[int, WindowInputs]:
    """Samples of a recording that has mean 0 and deviation 1 as a whole."""
    count, mean, deviation = _level(blocks)
    return count, lambda samples: ((samples - mean) / deviation).astype(np.float32)


def _level(blocks: Iterable[np.ndarray]) -> tuple[int, float, float]:
    """Count, mean and standard deviation of a recording's samples.

    The deviation is that which transformers' `Wav2Vec2FeatureExtractor` divides by.
    """
    count, total, squares = 0, 0.0, 0.0
    for block in blocks:
        block = block.astype(np.float64)
        count += len(block)
        total += block.sum()
        squares += block @ block
    mean = total / count
    return count, mean, math.sqrt(max(squares / count - mean**2, 0.0) + _VARIANCE_FLOOR)


def _receptive_field(settings: ConvolutionalSettings) -> int:
    """Samples that one frame is made of."""
    samples = 1
    for kernel, stride in zip(settings.conv_kernel[::-1], settings.conv_stride[::-1], strict=True):
        samples = (samples - 1) * stride + kernel
    return samples
