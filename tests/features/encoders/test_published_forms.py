"""Forms of config.json that published checkpoints have: laid out as transformers does.

Each is what a checkpoint's file says of the network; a file also says much of its training, which
`TRAINING` stands for. Layers are fewer here, which changes no form.
"""

import pytest

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.weights import tensor_shapes
from tests.recorded_encoders import of_the_encoder

LARGE = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
}
WITH_BIASES = LARGE | {"conv_bias": True}
# What published files hold besides, at times as null.
TRAINING = {
    "layerdrop": 0.1,
    "attention_dropout": 0.1,
    "gradient_checkpointing": False,
    "apply_spec_augment": True,
    "mask_channel_prob": 0.0,
    "use_weighted_layer_sum": False,
    "tokenizer_class": "Wav2Vec2CTCTokenizer",
    "torch_dtype": "float32",
    "transformers_version": "4.7.0.dev0",
    "add_adapter": False,
    "hidden_act": "gelu",
    "feat_extract_activation": "gelu",
    "num_feat_extract_layers": 7,
    "output_hidden_size": 1024,
    "adapter_attn_dim": None,
}
FORMS = {
    "wav2vec2, of which everything is missing": {},
    "wav2vec2 base": {"model_type": "wav2vec2", **TRAINING},
    "wav2vec2 large, as its first version": {
        "model_type": "wav2vec2",
        **LARGE,
        "feat_extract_norm": "group",
        "do_stable_layer_norm": False,
    },
    "wav2vec2 large lv60, XLSR-53": {"model_type": "wav2vec2", **WITH_BIASES, **TRAINING},
    "XLS-R 1B": {
        "model_type": "wav2vec2",
        **WITH_BIASES,
        "hidden_size": 1280,
        "intermediate_size": 5120,
    },
    "MMS 1B with adapters": {
        "model_type": "wav2vec2",
        **WITH_BIASES,
        "hidden_size": 1280,
        "intermediate_size": 5120,
        "adapter_attn_dim": 16,
    },
    "UniSpeech large": {"model_type": "unispeech", **WITH_BIASES},
    "UniSpeech-SAT base": {"model_type": "unispeech-sat"},
    "UniSpeech-SAT large": {"model_type": "unispeech-sat", **LARGE},
    "HuBERT base": {"model_type": "hubert", "feat_proj_layer_norm": True, **TRAINING},
    "HuBERT large": {"model_type": "hubert", **WITH_BIASES},
    "DistilHuBERT": {"model_type": "hubert", "feat_proj_layer_norm": False},
    "HuBERT with a batch norm": {"model_type": "hubert", "conv_pos_batch_norm": True},
    "WavLM base": {"model_type": "wavlm", **TRAINING},
    "WavLM large": {
        "model_type": "wavlm",
        **LARGE,
        "conv_bias": False,
        "num_buckets": 320,
        "max_bucket_distance": 800,
    },
    "data2vec-audio base": {"model_type": "data2vec-audio", "feat_extract_norm": "layer"},
    "data2vec-audio large": {
        "model_type": "data2vec-audio",
        **WITH_BIASES,
        "conv_pos_kernel_size": 19,
        "num_conv_pos_embeddings": 5,
    },
}


@pytest.mark.parity
@pytest.mark.parametrize("form", FORMS)
def test_names_and_shapes_of_weights_are_those_of_transformers(form):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = FORMS[form] | {"num_hidden_layers": 2}
    ours = tensor_shapes(architecture := Architecture.of(config, form))
    theirs = transformers.AutoConfig.for_model(**{"model_type": "wav2vec2"} | config)
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(theirs)
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert ours == of_the_encoder(architecture, shapes)


@pytest.mark.parametrize("form", FORMS)
def test_defaults_make_the_frames_that_are_supported(form):
    architecture = Architecture.of(FORMS[form], form)
    front_end = architecture.family.front_end(architecture.settings, {}, form)
    assert (front_end.geometry.receptive_field, front_end.geometry.first_centre) == (400, 200)


@pytest.mark.parametrize(
    "changed",
    [
        {"hidden_act": "gelu_new"},
        {"hidden_act": "relu"},
        {"feat_extract_activation": "silu"},
        {"add_adapter": True},
        {"conv_bias": None},
        {"conv_dim": [512, 512]},
        {"layer_norm_eps": None},
        {"num_attention_heads": 7},
    ],
)
@pytest.mark.parametrize("form", ["HuBERT base", "WavLM large", "data2vec-audio base"])
def test_other_forms_are_refused_by_name(form, changed):
    with pytest.raises(FeatureError) as error:
        Architecture.of(FORMS[form] | changed, "a/config.json")
    (name,) = changed
    message = str(error.value)
    assert message.startswith("a/config.json: ") and name in message and "\n" not in message


@pytest.mark.parametrize(
    ("form", "changed"),
    [
        ("UniSpeech large", {"feat_extract_norm": "batch"}),
        ("HuBERT base", {"feat_proj_layer_norm": None}),
        ("HuBERT base", {"conv_pos_batch_norm": 1}),
        ("WavLM base", {"num_buckets": 3}),
        ("WavLM base", {"max_bucket_distance": 80}),
        ("data2vec-audio base", {"conv_pos_kernel_size": 0}),
        ("MMS 1B with adapters", {"adapter_attn_dim": 0}),
    ],
)
def test_what_a_family_adds_is_refused_by_name(form, changed):
    with pytest.raises(FeatureError, match=next(iter(changed))):
        Architecture.of(FORMS[form] | changed, "a/config.json")
