"""Which wav2vec 2.0 a checkpoint holds: what the network needs of its `config.json`."""

import dataclasses
import reprlib
from collections.abc import Mapping
from typing import Any, Self

from affdyn_jax.errors import FeatureError

# What a configuration may say of parts that this encoder has in one form only.
_ONLY = {
    "model_type": "wav2vec2",
    "hidden_act": "gelu",
    "feat_extract_activation": "gelu",
    "add_adapter": False,
    "adapter_attn_dim": None,
}

_quoting = reprlib.Repr()
_quoting.maxtuple = _quoting.maxlist = 10
_quoted = _quoting.repr

# No published wav2vec 2.0 comes near; shapes of crafted sizes would take forever to make.
_LARGEST_SIZE = 1 << 16
_MOST_LAYERS = 256


@dataclasses.dataclass(frozen=True)
class EncoderSettings:
    """Sizes and kinds of the network's parts, named as in transformers' `Wav2Vec2Config`.

    The defaults are that class's too, because a `config.json` may leave them out.

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

    conv_dim: tuple[int, ...] = (512,) * 7
    conv_kernel: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
    conv_stride: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
    conv_bias: bool = False
    feat_extract_norm: str = "group"
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    num_conv_pos_embeddings: int = 128
    num_conv_pos_embedding_groups: int = 16
    do_stable_layer_norm: bool = False
    layer_norm_eps: float = 1e-5

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
        refuse_other_networks(config, source)
        settings = {}
        for field in dataclasses.fields(cls):
            value = config.get(field.name, field.default)
            if not _is_like(value, field.default):
                raise FeatureError(
                    f"{source}: {field.name} is {_quoted(value)}, not of the kind of "
                    f"{field.default!r} or beyond {_LARGEST_SIZE}; is this a wav2vec 2.0 "
                    "checkpoint?"
                )
            settings[field.name] = tuple(value) if isinstance(value, list) else value
        return cls(**settings)._checked(source)

    def _checked(self, source: str) -> Self:
        if self.feat_extract_norm not in ("group", "layer"):
            raise FeatureError(
                f"{source}: feat_extract_norm is {_quoted(self.feat_extract_norm)}, neither "
                "'group' nor 'layer'; choose another checkpoint"
            )
        if not len(self.conv_dim) == len(self.conv_kernel) == len(self.conv_stride):
            raise FeatureError(
                f"{source}: conv_dim {_quoted(self.conv_dim)}, conv_kernel "
                f"{_quoted(self.conv_kernel)} and conv_stride {_quoted(self.conv_stride)} are not "
                "of one length; mend the configuration"
            )
        if max(self.num_hidden_layers, len(self.conv_dim)) > _MOST_LAYERS:
            raise FeatureError(
                f"{source}: {self.num_hidden_layers} layers and {len(self.conv_dim)} convolutions, "
                f"of which {_MOST_LAYERS} each are the most; is this a wav2vec 2.0 checkpoint?"
            )
        for name in ("num_attention_heads", "num_conv_pos_embedding_groups"):
            if self.hidden_size % getattr(self, name):
                raise FeatureError(
                    f"{source}: hidden_size {self.hidden_size} is no multiple of {name} "
                    f"{getattr(self, name)}; mend the configuration"
                )
        return self


def refuse_other_networks(config: Mapping[str, Any], source: str) -> None:
    """Refuse a configuration that asks for parts, or a whole network, that this encoder lacks.

    Args:
        config: What a `config.json` holds.
        source: Where it comes from, for messages.

    Raises:
        FeatureError: It does.
    """
    for name, only in _ONLY.items():
        value = config.get(name, only)
        if value != only:
            raise FeatureError(
                f"{source}: {name} is {_quoted(value)}, but this wav2vec 2.0 encoder has only "
                f"{only!r}; choose another checkpoint"
            )


def _is_like(value: Any, default: Any) -> bool:
    """Whether a value is of its default's kind, and numbers are above zero and within reason."""
    match default:
        case bool() | str():
            return isinstance(value, type(default))
        case tuple():
            items = value if isinstance(value, list | tuple) else ()
            return len(items) > 0 and all(_is_like(item, default[0]) for item in items)
        case int():
            return (
                isinstance(value, int)
                and not isinstance(value, bool)
                and 0 < value <= _LARGEST_SIZE
            )
        case _:
            return isinstance(value, int | float) and 0 < value < 1
