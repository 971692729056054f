"""The families of encoders, and which of them a checkpoint belongs to."""

import reprlib
from collections.abc import Mapping
from typing import Any

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.data2vec import DATA2VEC
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.hubert import HUBERT
from affdyn_jax.features.encoders.odyssey import ODYSSEY
from affdyn_jax.features.encoders.w2v_bert import W2V_BERT
from affdyn_jax.features.encoders.wav2vec2 import UNISPEECH, UNISPEECH_SAT, WAV2VEC2
from affdyn_jax.features.encoders.wavlm import WAVLM
from affdyn_jax.features.encoders.whisper import WHISPER

# By `model_type` in a checkpoint's config.json.
FAMILIES: Mapping[str, Family] = {
    "wav2vec2": WAV2VEC2,
    "unispeech": UNISPEECH,
    "unispeech-sat": UNISPEECH_SAT,
    "hubert": HUBERT,
    "wavlm": WAVLM,
    "data2vec-audio": DATA2VEC,
    "ser": ODYSSEY,
    "wav2vec2-bert": W2V_BERT,
    "whisper": WHISPER,
}


def family_of(config: Mapping[str, Any], source: str) -> Family:
    """The family of a checkpoint.

    Args:
        config: What its `config.json` holds. Without a `model_type` it is wav2vec 2.0, as the
            earliest checkpoints are.
        source: Names the file in messages.

    Raises:
        FeatureError: There is no such family.
    """
    # Odyssey's baselines are no type of transformers'.
    model_type = "ser" if "ssl_type" in config else config.get("model_type", "wav2vec2")
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        raise FeatureError(
            f"{source}: model_type is {reprlib.repr(model_type)}, an encoder that is not known; "
            f"choose a checkpoint of {', '.join(FAMILIES)}, or bring its features as tables "
            "(features.name=precomputed)"
        )
    return FAMILIES[model_type]
