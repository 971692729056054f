"""How large wav2vec 2.0 and its kin are: what their networks need of a `config.json`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.config_json import (
    Epsilon,
    LayerCount,
    Size,
    quoted,
    refuse_other_parts,
    refuse_remainder,
    settings_from,
)

# What a configuration may say of parts that this encoder has in one form only.
_ONLY = {
    "hidden_act": "gelu",
    "feat_extract_activation": "gelu",
    "add_adapter": False,
}

_SizeOfEach = Annotated[
    tuple[Size, ...],
    Field(min_length=1, max_length=32),
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
]


@dataclass(frozen=True, config=ConfigDict(strict=True))
class ConvolutionalSettings:
    """Sizes and kinds of the network's parts, named as in transformers' `Wav2Vec2Config`.

    The defaults are that class's too, because a `config.json` may leave them out. The class itself
    brings PyTorch along, and lets sizes of 10⁹ pass.

    Attributes:
        conv_dim: Channels of the convolutions that turn samples into frames.
        conv_kernel: Their kernels' lengths.
        conv_stride: Their strides.
        conv_bias: Whether they have biases.
        feat_extract_norm: "group": the first is normalised over time; "layer": each is, over
            its channels.
        hidden_size: Channels of the transformer.
        num_hidden_layers: Its layers.
        num_attention_heads: Its heads, which share the channels among them.
        intermediate_size: Units of its feed-forward parts.
        num_conv_pos_embeddings: Length of the positional convolution's kernel.
        num_conv_pos_embedding_groups: Groups of the positional convolution.
        do_stable_layer_norm: Whether a layer normalises what it reads rather than what it
            returns.
        layer_norm_eps: Added to variances in the transformer and before it.
    """

    conv_dim: _SizeOfEach = (512,) * 7
    conv_kernel: _SizeOfEach = (10, 3, 3, 3, 3, 2, 2)
    conv_stride: _SizeOfEach = (5, 2, 2, 2, 2, 2, 2)
    conv_bias: bool = False
    feat_extract_norm: Literal["group", "layer"] = "group"
    hidden_size: Size = 768
    num_hidden_layers: LayerCount = 12
    num_attention_heads: Size = 12
    intermediate_size: Size = 3072
    num_conv_pos_embeddings: Size = 128
    num_conv_pos_embedding_groups: Size = 16
    do_stable_layer_norm: bool = False
    layer_norm_eps: Epsilon = 1e-5

    @classmethod
    def from_config(cls, config: Mapping[str, Any], source: str) -> Self:
        """Settings as a checkpoint's configuration has them.

        Args:
            config: What its `config.json` holds; what is missing takes the defaults.
            source: Where it comes from, for messages.

        Raises:
            FeatureError: The configuration asks for a network that this encoder is not, or
                its values do not make one.
        """
        refuse_other_parts(config, _ONLY, source)
        settings = settings_from(cls, config, source)
        settings.refuse_contradictions(source)
        return settings

    def refuse_contradictions(self, source: str) -> None:
        """Refuse values that make no network together.

        Raises:
            FeatureError: They are such.
        """
        if not len(self.conv_dim) == len(self.conv_kernel) == len(self.conv_stride):
            raise FeatureError(
                f"{source}: conv_dim {quoted(self.conv_dim)}, conv_kernel "
                f"{quoted(self.conv_kernel)} and conv_stride {quoted(self.conv_stride)} are not "
                "of one length; mend the configuration"
            )
        refuse_remainder(
            *(self, "hidden_size", "num_attention_heads", "num_conv_pos_embedding_groups"),
            source=source,
        )
