"""w2v-BERT 2.0: stacked mel energies to hidden states, 50 a second, by conformer layers.

Agrees with transformers' PyTorch `Wav2Vec2BertModel` in evaluation, without attention masks: all
recordings of a batch have the same length, and a shorter one is encoded by itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import numpy as np
from flax import nnx

from affdyn_jax.features.encoders.config_json import refuse_other_parts
from affdyn_jax.features.encoders.conformer import Conformer
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.front_end import FrontEnd, WindowInputs, check_rate
from affdyn_jax.features.encoders.layers import Linear, Norm
from affdyn_jax.features.encoders.seamless_features import (
    BANDS,
    DESCRIBED,
    STACKED,
    BandLevels,
)
from affdyn_jax.features.encoders.transformer import HiddenStates
from affdyn_jax.features.encoders.w2v_bert_settings import W2vBertSettings
from affdyn_jax.features.encoders.wav2vec2 import HEADS
from affdyn_jax.features.encoders.windows import Geometry

# As `SeamlessM4TFeatureExtractor` writes them.
_ONLY_FRONT_END = {"num_mel_bins": BANDS, "stride": STACKED}


class FeatureProjection(nnx.Module):
    """Mel energies to the width of the conformer."""

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        self.layer_norm = Norm(STACKED * BANDS, epsilon=settings.layer_norm_eps)
        self.projection = Linear(STACKED * BANDS, settings.hidden_size, rngs=rngs)

    def __call__(self, energies_btc: jax.Array) -> jax.Array:
        """Of shape (B, T, H)."""
        return self.projection(self.layer_norm(energies_btc))


class W2vBertEncoder(nnx.Module):
    """transformers' `Wav2Vec2BertModel`."""

    def __init__(self, settings: W2vBertSettings, *, rngs: nnx.Rngs):
        self.feature_projection = FeatureProjection(settings, rngs=rngs)
        self.encoder = Conformer(settings, rngs=rngs)

    def __call__(self, energies_btc: jax.Array) -> HiddenStates:
        """Hidden states of recordings of one length.

        Args:
            energies_btc: Of `BandLevels.normalised`, shape (B, T, 2 bands).
        """
        return self.encoder(self.feature_projection(energies_btc))


def front_end(settings: W2vBertSettings, preprocessor: Mapping[str, Any], source: str) -> FrontEnd:
    """Mel energies, each band normalised over the recording.

    Args:
        settings: Of the network.
        preprocessor: As transformers' `SeamlessM4TFeatureExtractor` writes it.
        source: Where the checkpoint came from, for messages.

    Raises:
        FeatureError: The checkpoint wants other audio, or other energies of it.
    """
    del settings
    check_rate(preprocessor, source)
    refuse_other_parts(preprocessor, _ONLY_FRONT_END, source)
    # Of the two frames, the later one ends 560 samples after the earlier one begins.
    geometry = Geometry(receptive_field=560, first_centre=280.0)

    def read(blocks: Iterable[np.ndarray]) -> tuple[int, WindowInputs]:
        levels = BandLevels.of(blocks)
        return levels.sample_count, levels.normalised

    return FrontEnd(geometry, read, DESCRIBED)


W2V_BERT = Family(
    title="w2v-BERT 2.0",
    settings=W2vBertSettings,
    network=W2vBertEncoder,
    front_end=front_end,
    prefixes=("wav2vec2_bert.",),
    outside=HEADS,
)
