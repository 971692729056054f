"""The picture of a predicted recording."""

from typing import TYPE_CHECKING

import pandas as pd

from affdyn_jax.features.audio import SAMPLE_RATE
from affdyn_jax.features.extractor import Blocks
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import style
from affdyn_jax.report.figures.prediction import Scale, prediction_figure
from affdyn_jax.report.figures.waveform import outline
from affdyn_jax.system.standin_mark import STANDIN_WORDS

if TYPE_CHECKING:
    from affdyn_jax.prediction.trained_model import TrainedModel

# Stretches of the waveform in a picture: twice the pixels of its width.
_STRETCHES = 2600


def picture_of(
    model: "TrainedModel", name: str, blocks: Blocks | None, predicted: pd.DataFrame, scale: Scale
) -> Picture:
    """The waveform, and each dimension's state and dynamics over time.

    Args:
        model: What predicted.
        name: The recording's.
        blocks: Its samples at 16 kHz; None where only features are at hand.
        predicted: Its rows.
        scale: Of all recordings that are drawn together.
    """
    stretch = max(round(len(predicted) / model.frame_rate * SAMPLE_RATE / _STRETCHES), 1)
    with style():
        return prediction_figure(
            name,
            outline(blocks(), SAMPLE_RATE, stretch) if blocks else None,
            predicted,
            scale,
            model.frame_rate,
            STANDIN_WORDS if model.is_standin else "",
        )
