"""How large w2v-BERT 2.0 is: what its network needs of a `config.json`."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from affdyn_jax.features.encoders.config_json import (
    Epsilon,
    LayerCount,
    Size,
    refuse_other_parts,
    refuse_remainder,
    settings_from,
)
from affdyn_jax.features.encoders.seamless_features import BANDS, STACKED

# What a configuration may say of parts that this network has in one form only.
_ONLY = {
    "model_type": "wav2vec2-bert",
    "hidden_act": "swish",
    "position_embeddings_type": "relative_key",
    "feature_projection_input_dim": STACKED * BANDS,
    "add_adapter": False,
    "use_intermediate_ffn_before_adapter": False,
}

# In frames. The longest window, of 600 s, has 30 000.
_Distance = Annotated[int, Field(ge=0, le=1 << 15)]


@dataclass(frozen=True, config=ConfigDict(strict=True))
class W2vBertSettings:
    """Sizes of the network, named as in transformers' `Wav2Vec2BertConfig`, with its defaults.

    Attributes:
        hidden_size: H, channels of the conformer.
        num_hidden_layers: Its layers.
        num_attention_heads: Its heads, which share the channels among them.
        intermediate_size: Units of its feed-forward parts.
        left_max_position_embeddings: Frames to the left whose distances differ for attention.
        right_max_position_embeddings: Frames to the right.
        conv_depthwise_kernel_size: Frames that a layer's convolution sees, itself and those
            before it.
        layer_norm_eps: Added to variances.
    """

    hidden_size: Size = 1024
    num_hidden_layers: LayerCount = 24
    num_attention_heads: Size = 16
    intermediate_size: Size = 4096
    left_max_position_embeddings: _Distance = 64
    right_max_position_embeddings: _Distance = 8
    conv_depthwise_kernel_size: Size = 31
    layer_norm_eps: Epsilon = 1e-5

    @classmethod
    def from_config(cls, config: Mapping[str, Any], source: str) -> Self:
        """Settings as a checkpoint's configuration has them.

        Args:
            config: What its `config.json` holds; what is missing takes the defaults.
            source: Where it comes from, for messages.

        Raises:
            FeatureError: The configuration asks for a network that this encoder is not, or its
                values do not make one.
        """
        refuse_other_parts(config, _ONLY, source)
        settings = settings_from(cls, config, source)
        refuse_remainder(settings, "hidden_size", "num_attention_heads", source=source)
        return settings
