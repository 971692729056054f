import contextlib
import json
import logging
import os
import pickle
import re
import shutil
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from tests.fuzzing import assert_told_in_one_line, damaged, examples
from tests.memory import traced_memory

RECORDED = Path(__file__).parents[2] / "references" / "torch_files"
CORNER = dict(np.load(RECORDED / "for_ctc.npz"))
CONFIG = {
    "model_type": "wav2vec2",
    "hidden_size": 4,
    "num_attention_heads": 2,
    "num_conv_pos_embedding_groups": 2,
}
PREPROCESSOR = {"do_normalize": True, "sampling_rate": 16000}


@pytest.fixture
def folder(tmp_path):
    """A checkpoint without weights."""
    return without_weights(tmp_path / "checkpoint")


def without_weights(folder):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
    return folder


def save_parts(folder, parts):
    """Several safetensors and their index, as transformers lays them out."""
    weight_map = {}
    for number, tensors in enumerate(parts, start=1):
        name = f"model-{number:05}-of-{len(parts):05}.safetensors"
        safetensors.numpy.save_file(tensors, folder / name)
        weight_map |= dict.fromkeys(tensors, name)
    index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def save_whole(folder, tensors):
    safetensors.numpy.save_file(tensors, folder / "model.safetensors")


def assert_tensors_equal(tensors, expected):
    assert set(tensors) == set(expected)
    for name, tensor in tensors.items():
        assert tensor.dtype == np.float32
        assert tensor.flags.c_contiguous
        assert tensor.shape == expected[name].shape
        np.testing.assert_array_equal(tensor, expected[name], err_msg=name)


def refusal(folder):
    with pytest.raises(FeatureError) as caught:
        read_checkpoint(str(folder))
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def test_safetensors_are_read_with_config_and_preprocessor(folder):
    save_whole(folder, CORNER)
    checkpoint = read_checkpoint(str(folder))
    assert checkpoint.config == CONFIG
    assert checkpoint.preprocessor == PREPROCESSOR
    assert re.fullmatch("[0-9a-f]{64}", checkpoint.identity)
    assert_tensors_equal(checkpoint.tensors, CORNER)


def test_a_task_models_pickle_of_old_names_and_float16_is_read(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    shutil.copy(RECORDED / "for_ctc.bin", folder / "pytorch_model.bin")
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER)


def test_parts_are_put_together(folder):
    names = list(CORNER)
    parts = [{n: CORNER[n] for n in names[:2]}, {n: CORNER[n] for n in names[2:]}]
    save_parts(folder, parts)
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER)


def test_parts_of_pickles_are_put_together(folder):
    name = "pytorch_model-00001-of-00001.bin"
    shutil.copy(RECORDED / "for_ctc.bin", folder / name)
    index = {"weight_map": dict.fromkeys(CORNER, name)}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64])
def test_other_floats_become_float32(folder, dtype):
    save_whole(folder, {name: tensor.astype(dtype) for name, tensor in CORNER.items()})
    expected = {n: tensor.astype(dtype).astype(np.float32) for n, tensor in CORNER.items()}
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, expected)


@pytest.mark.parametrize(
    ("model_type", "prefix"),
    [
        ("hubert", "hubert."),
        ("wavlm", "wavlm."),
        ("data2vec-audio", "data2vec_audio."),
        ("unispeech", "unispeech."),
        ("unispeech-sat", "unispeech_sat."),
    ],
)
def test_each_family_has_a_prefix_of_its_own(folder, model_type, prefix):
    (folder / "config.json").write_text(json.dumps(CONFIG | {"model_type": model_type}))
    prefixed = {prefix + name: tensor for name, tensor in CORNER.items()}
    save_whole(folder, prefixed | {"head.weight": np.zeros(1, np.float32)})
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER)


@pytest.mark.parametrize("ending", ["safetensors", "bin"])
def test_adapters_of_a_language_take_the_place_of_those_among_the_weights(folder, ending):
    of_layer = "encoder.layers.0.adapter_layer.norm.bias"
    save_whole(folder, {f"wav2vec2.{of_layer}": np.zeros(4, np.float32)})
    before = read_checkpoint(str(folder))
    path = folder / f"adapter.deu.{ending}"
    if ending == "bin":
        torch = pytest.importorskip("torch")
        torch.save({f"wav2vec2.{of_layer}": torch.ones(4), "lm_head.bias": torch.ones(2)}, path)
    else:
        adapters = {f"wav2vec2.{of_layer}": np.ones(4, np.float32)}
        safetensors.numpy.save_file(adapters | {"lm_head.bias": np.ones(2)}, path)
    german = read_checkpoint(str(folder), adapter="deu")
    assert_tensors_equal(german.tensors, {of_layer: np.ones(4)})
    assert read_checkpoint(str(folder)).identity == before.identity != german.identity


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fra", "has no adapters for 'fra' (adapter.fra.safetensors or adapter.fra.bin)"),
        ("../deu", "features.encoder.adapter='../deu' is no language"),
        ("*", "is no language as MMS calls them"),
    ],
)
def test_adapters_that_are_not_there_are_reported(folder, language, words):
    save_whole(folder, CORNER)
    with pytest.raises(FeatureError) as error:
        read_checkpoint(str(folder), adapter=language)
    assert words in str(error.value)


def test_counts_of_batch_norms_are_left_out(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG | {"model_type": "hubert"}))
    count = {"encoder.pos_conv_embed.batch_norm.num_batches_tracked": np.array(7)}
    save_whole(folder, CORNER | count)
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER)


@pytest.mark.parametrize("prefix", ["", "wav2vec2."])
def test_heads_of_pretraining_and_what_serves_it_only_are_dropped(folder, prefix):
    ours = {prefix + name: tensor for name, tensor in CORNER.items()}
    zeros = np.zeros(1, np.float32)
    heads = ("quantizer.codevectors", "quantizer.weight_proj.weight", "project_q.bias")
    heads += ("project_hid.weight", "lm_head.bias", f"{prefix}masked_spec_embed")
    heads += ("projector.weight", "classifier.bias", "layer_weights")
    save_whole(folder, ours | dict.fromkeys(heads, zeros))
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER)


def test_heads_of_any_name_are_left_out_beside_a_prefix_and_that_is_said(folder, caplog):
    prefixed = {f"wav2vec2.{name}": tensor for name, tensor in CORNER.items()}
    # Not even numbers, as counts in batch norms are not; and one that an encoder has, too.
    heads = {"emotion_head.weight": np.zeros((3, 4), np.float32)}
    heads |= {"emotion_head.norm.num_batches_tracked": np.array(7)}
    heads |= {"feature_extractor.weight": np.full(2, np.nan, np.float32)}
    heads |= {f"x\n{number}.bias": np.zeros(1, np.float32) for number in range(99)}
    save_parts(folder, [heads, prefixed])
    with caplog.at_level(logging.INFO):
        assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER)
    (said,) = caplog.messages
    assert str(folder) in said
    assert "outside of 'wav2vec2.' are left out: 'emotion_head', 'feature_extractor'" in said
    assert len(said.splitlines()) == 1
    assert len(said) < 500


def test_of_names_that_begin_as_the_prefix_does_as_much_is_said_as_tells_them_from_it(
    folder, caplog
):
    (folder / "config.json").write_text(json.dumps({"model_type": "whisper"}))
    names = ("model.encoder.conv1.bias", "model.decoder.layers.0.bias", "proj_out.weight")
    save_whole(folder, {name: np.zeros(1, np.float32) for name in names})
    with caplog.at_level(logging.INFO):
        assert read_checkpoint(str(folder)).tensors.keys() == {"conv1.bias"}
    (said,) = caplog.messages
    assert said.endswith("outside of 'model.encoder.' are left out: 'model.decoder', 'proj_out'")


def test_an_encoder_without_heads_says_nothing(folder, caplog):
    save_whole(folder, {f"wav2vec2.{name}": tensor for name, tensor in CORNER.items()})
    with caplog.at_level(logging.INFO):
        read_checkpoint(str(folder))
    assert not caplog.messages


def test_unknown_names_without_prefix_are_left_for_the_encoder_to_tell(folder):
    extra = {"encoder.adapter.weight": np.zeros(2, np.float32)}
    save_whole(folder, CORNER | extra)
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER | extra)


def test_identity_is_of_the_content_and_not_of_the_place(folder, tmp_path):
    save_whole(folder, CORNER)
    identity = read_checkpoint(str(folder)).identity
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert read_checkpoint(str(copy)).identity == identity
    identities = {identity}
    (copy / "preprocessor_config.json").write_text('{"do_normalize": false}')
    identities.add(read_checkpoint(str(copy)).identity)
    (copy / "config.json").write_text("{}")
    identities.add(read_checkpoint(str(copy)).identity)
    save_whole(copy, {name: tensor + 1 for name, tensor in CORNER.items()})
    identities.add(read_checkpoint(str(copy)).identity)
    assert len(identities) == 4


def test_safetensors_come_before_a_pickle(folder):
    save_whole(folder, CORNER)
    (folder / "pytorch_model.bin").write_bytes(b"not looked at")
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, CORNER)


def test_a_weight_by_its_old_and_its_new_name_is_reported(folder):
    (name,) = (name for name in CORNER if name.endswith(".original0"))
    old = name.replace("parametrizations.weight.original0", "weight_g")
    save_whole(folder, CORNER | {old: CORNER[name]})
    assert "twice" in refusal(folder)


@pytest.mark.parametrize("model_type", ["wav2vec2-conformer", "sew", "speecht5", 3, None])
def test_another_network_is_refused_by_its_type_before_its_weights_are_read(folder, model_type):
    (folder / "config.json").write_text(json.dumps(CONFIG | {"model_type": model_type}))
    save_whole(folder, {"hubert.encoder.batch_norm.num_batches_tracked": np.array(7)})
    message = refusal(folder)
    assert f"model_type is {model_type!r}" in message
    assert "quantized" not in message


@pytest.mark.parametrize(
    ("config", "preprocessor", "named"),
    [
        ({"model_type": "sew"}, {}, "'sew'"),
        ({"add_adapter": True}, {}, "add_adapter"),
        ({}, {"sampling_rate": 8000}, "8000 Hz"),
        ({}, {"padding_side": "left"}, "left"),  # by the check
    ],
)
def test_what_its_settings_tell_is_refused_before_weights_are_fetched(
    start_hub, config, preprocessor, named
):
    files = {
        "config.json": json.dumps(CONFIG | config).encode(),
        "preprocessor_config.json": json.dumps(PREPROCESSOR | preprocessor).encode(),
        "model.safetensors": b"gigabytes",
    }
    hub = start_hub(files)

    def check(front_end):
        if preprocessor.get("padding_side"):
            raise FeatureError("left")

    with pytest.raises(FeatureError, match=re.escape(named)):
        read_checkpoint("lab/voice", check=check)
    assert sorted(hub.fetched) == ["config.json", "preprocessor_config.json"]


NESTED = {"feature_extractor": PREPROCESSOR | {"do_normalize": False}, "processor_class": "W"}


@pytest.mark.parametrize("beside", [{}, {"preprocessor_config.json": PREPROCESSOR}])
def test_settings_within_a_processors_are_read_as_transformers_does(folder, beside):
    save_whole(folder, CORNER)
    (folder / "preprocessor_config.json").unlink()
    for name, content in (beside | {"processor_config.json": NESTED}).items():
        (folder / name).write_text(json.dumps(content))
    checkpoint = read_checkpoint(str(folder))
    assert checkpoint.preprocessor == NESTED["feature_extractor"]
    (folder / "processor_config.json").write_text(json.dumps(NESTED | {"other": 1}))
    assert read_checkpoint(str(folder)).identity != checkpoint.identity


def test_a_processors_file_without_them_changes_nothing(folder):
    save_whole(folder, CORNER)
    before = read_checkpoint(str(folder))
    (folder / "processor_config.json").write_text('{"processor_class": "Wav2Vec2Processor"}')
    after = read_checkpoint(str(folder))
    assert after.preprocessor == PREPROCESSOR
    assert after.identity == before.identity


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"feature_extractor": []}'])
def test_a_processors_file_that_is_damaged_is_reported(folder, content):
    save_whole(folder, CORNER)
    (folder / "processor_config.json").write_text(content)
    assert "processor_config.json" in refusal(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_weights_that_are_no_numbers_are_reported(folder, value):
    save_whole(folder, CORNER | {"encoder.broken": np.array([value])})
    assert "'encoder.broken' holds infinities or NaN" in refusal(folder)


def test_quantized_weights_are_reported(folder):
    save_whole(folder, CORNER | {"encoder.small": np.zeros(2, np.int8)})
    assert "'encoder.small' is int8" in refusal(folder)


@pytest.mark.parametrize(("dtype", "length"), [("F8_E4M3", 1), ("C64", 8), ("NONE", 1)])
def test_types_that_weights_do_not_have_are_reported(folder, dtype, length):
    entry = {"dtype": dtype, "shape": [1], "data_offsets": [0, length]}
    header = json.dumps({"encoder.odd": entry}).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(length)
    (folder / "model.safetensors").write_bytes(content)
    refusal(folder)


def safetensors_of(header, numbers=b"", claimed_length=None):
    """A file in the format by hand, whatever its header says."""
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    length = len(encoded) if claimed_length is None else claimed_length
    return length.to_bytes(8, "little") + encoded + numbers


def of_shape(shape, byte_count=0):
    return {"a": {"dtype": "F32", "shape": shape, "data_offsets": [0, byte_count]}}


@pytest.mark.parametrize(
    "content",
    [
        safetensors_of({}, claimed_length=2**60),
        safetensors_of({}, claimed_length=2**64 - 1),
        safetensors_of({}, claimed_length=10**8),
        safetensors_of(of_shape([10**12], 4 * 10**12)),
        safetensors_of(of_shape([10**12], 4), b"1234"),
        safetensors_of(of_shape([2**63, 2**63])),
        safetensors_of(of_shape([0, 2**62])),
        safetensors_of(of_shape([1] * 70, 4), b"1234"),
        safetensors_of(of_shape([1], 4) | {"b": of_shape([1], 4)["a"]}, b"1234"),
        safetensors_of(b'{"a":' * 100_000),
    ],
)
def test_safetensors_that_claim_what_they_do_not_hold_are_refused(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    with traced_memory() as memory:
        assert "model.safetensors: cannot be read" in refusal(folder)
    assert memory.peak < 10 << 20


def test_json_without_end_is_refused_before_it_is_held(folder):
    save_whole(folder, CORNER)
    os.truncate(folder / "config.json", 1 << 40)  # a sparse file
    assert "longer than any such file" in refusal(folder)


def test_a_pipe_is_refused_instead_of_waited_for(folder):
    save_whole(folder, CORNER)
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    assert "no regular file" in refusal(folder)


@examples(100, 5000)
def test_damaged_json_ends_in_a_checkpoint_or_a_refusal(folder, examples):
    save_whole(folder, CORNER)

    @settings(deadline=None, max_examples=examples, database=None)
    @given(damaged(json.dumps(CONFIG | PREPROCESSOR).encode()))
    def read(content):
        (folder / "config.json").write_bytes(content)
        try:
            read_checkpoint(str(folder))
        except FeatureError as error:
            assert_told_in_one_line(error)

    read()


def test_a_folder_without_weights_is_reported(folder):
    assert "holds no weights" in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
@pytest.mark.parametrize("content", [None, "", "{", "[1]", "[" * 100_000, b"\xff\xfe{}"])
def test_json_that_is_missing_or_damaged_is_reported(folder, name, content):
    save_whole(folder, CORNER)
    if content is None:
        (folder / name).unlink()
    elif isinstance(content, bytes):
        (folder / name).write_bytes(content)
    else:
        (folder / name).write_text(content)
    assert name in refusal(folder)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ({}, "no weight_map"),
        ({"weight_map": []}, "no weight_map"),
        ({"weight_map": {"a": "../model.safetensors"}}, "no file beside it"),
        ({"weight_map": {"a": "/etc/passwd"}}, "no file beside it"),
        ({"weight_map": {"a": ".."}}, "no file beside it"),
        ({"weight_map": {"a": "a\0b"}}, "no file beside it"),
        ({"weight_map": {"a": "a\nb"}}, "no file beside it"),
        ({"weight_map": {"a": ""}}, "no file beside it"),
        ({"weight_map": {"a": 3}}, "cannot be read"),
        ({"weight_map": {"a": "model-00001-of-00001.safetensors"}}, "00001-of-00001"),
    ],
)
def test_an_index_that_is_damaged_or_leads_elsewhere_is_reported(folder, index, words):
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert words in refusal(folder)


def test_a_pickle_that_would_create_a_file_is_refused(folder, tmp_path):
    created = tmp_path / "created"

    class Creates:
        def __reduce__(self):
            return shutil.copyfile, (__file__, str(created))

    stream = (RECORDED / "for_ctc.bin").read_bytes()
    system = pickle.dumps({"little_endian": True}, 2)
    malicious = pickle.dumps({"encoder.layer_norm.bias": Creates()}, 2)
    (folder / "pytorch_model.bin").write_bytes(stream[:21] + system + malicious)
    assert "shutil.copyfile" in refusal(folder)
    assert not created.exists()
    pickle.loads(malicious)
    assert created.exists()  # so the pickle was one that would


@pytest.mark.parametrize("name", ["pytorch_model.bin", "adapter.deu.bin"])
def test_a_pickle_of_any_family_is_not_run(folder, tmp_path, name):
    created = tmp_path / "created"

    class Creates:
        def __reduce__(self):
            return shutil.copyfile, (__file__, str(created))

    config = CONFIG | {"model_type": "hubert" if name == "pytorch_model.bin" else "wav2vec2"}
    (folder / "config.json").write_text(json.dumps(config))
    if name != "pytorch_model.bin":
        save_whole(folder, CORNER)
    stream = (RECORDED / "for_ctc.bin").read_bytes()
    system = pickle.dumps({"little_endian": True}, 2)
    (folder / name).write_bytes(stream[:21] + system + pickle.dumps({"a.b": Creates()}, 2))
    with pytest.raises(FeatureError, match=r"shutil\.copyfile"):
        read_checkpoint(str(folder), adapter="" if name == "pytorch_model.bin" else "deu")
    assert not created.exists()


def test_adapters_cut_short_anywhere_are_refused(folder):
    save_whole(folder, CORNER)
    path = folder / "adapter.deu.safetensors"
    safetensors.numpy.save_file({"wav2vec2.a.b": np.ones(2, np.float32)}, path)
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(FeatureError, match=r"adapter\.deu\.safetensors: cannot be read"):
            read_checkpoint(str(folder), adapter="deu")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    folder = without_weights(tmp_path_factory.mktemp("checkpoint") / "scratch")
    save_whole(folder, CORNER)
    return folder, (folder / "model.safetensors").read_bytes()


def test_safetensors_cut_short_anywhere_are_refused(scratch):
    folder, content = scratch
    for length in range(len(content)):
        (folder / "model.safetensors").write_bytes(content[:length])
        refusal(folder)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_flipped_bits_in_safetensors_end_in_tensors_or_a_refusal(scratch, data):
    folder, content = scratch
    flipped = bytearray(content)
    for place in data.draw(st.lists(st.integers(0, 8 * len(content) - 1), max_size=8)):
        flipped[place // 8] ^= 1 << place % 8
    (folder / "model.safetensors").write_bytes(flipped)
    with contextlib.suppress(FeatureError):
        read_checkpoint(str(folder))


TASK_NAMES = (
    "Wav2Vec2Model",
    "Wav2Vec2ForCTC",
    "Wav2Vec2ForPreTraining",
    "Wav2Vec2ForSequenceClassification",
    "Wav2Vec2ForAudioFrameClassification",
    "Wav2Vec2ForXVector",
)


@pytest.fixture(scope="module")
def task_models():
    """transformers' models with the encoder within, tiny: by name, with the encoder's weights."""
    pytest.importorskip("torch").manual_seed(0)
    import transformers

    config = transformers.Wav2Vec2Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        num_codevectors_per_group=4,
        codevector_dim=8,
        proj_codevector_dim=8,
        vocab_size=5,
        use_weighted_layer_sum=True,
        tdnn_dim=(6, 6, 6, 6, 9),
        xvector_output_dim=6,
    )
    return {name: getattr(transformers, name)(config) for name in TASK_NAMES}


def encoder_weights(model):
    """The encoder's own state dict but for the embedding of masked frames, float32."""
    encoder = getattr(model, "wav2vec2", model)
    weights = {name: tensor.float().numpy() for name, tensor in encoder.state_dict().items()}
    del weights["masked_spec_embed"]
    return weights


TASKS = pytest.mark.parametrize("task", TASK_NAMES)


@pytest.mark.parity
@TASKS
@pytest.mark.parametrize("largest_part", ["1GB", "8KB"])
def test_what_transformers_saves_is_read(folder, task_models, task, largest_part):
    model = task_models[task]
    model.save_pretrained(folder, max_shard_size=largest_part)
    assert (folder / "model.safetensors.index.json").exists() == (largest_part == "8KB")
    checkpoint = read_checkpoint(str(folder))
    assert checkpoint.config["architectures"] == [task]
    assert_tensors_equal(checkpoint.tensors, encoder_weights(model))


@pytest.mark.parity
@TASKS
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("old_names", [True, False])
def test_what_pytorch_saves_is_read(folder, task_models, task, dtype, zipped, old_names):
    import torch

    model = task_models[task]
    state = {name: t.to(getattr(torch, dtype)) for name, t in model.state_dict().items()}
    encoder = getattr(model, "wav2vec2", model).state_dict()
    expected = {name: encoder[name].to(getattr(torch, dtype)) for name in encoder_weights(model)}
    expected = {name: tensor.float().numpy() for name, tensor in expected.items()}
    if old_names:
        for new, old in (("original0", "weight_g"), ("original1", "weight_v")):
            (name,) = (n for n in state if n.endswith(f"parametrizations.weight.{new}"))
            state[name.replace(f"parametrizations.weight.{new}", old)] = state.pop(name)
    torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    assert_tensors_equal(read_checkpoint(str(folder)).tensors, expected)


@pytest.mark.parity
def test_what_a_processor_of_transformers_saves_is_read(folder, tmp_path):
    transformers = pytest.importorskip("transformers")
    (tmp_path / "vocab.json").write_text('{"<pad>": 0, "<unk>": 1, "|": 2, "<s>": 3, "</s>": 4}')
    tokens = transformers.Wav2Vec2CTCTokenizer(tmp_path / "vocab.json")
    extractor = transformers.Wav2Vec2FeatureExtractor(do_normalize=False)
    (folder / "preprocessor_config.json").unlink()
    transformers.Wav2Vec2Processor(extractor, tokens).save_pretrained(folder)
    save_whole(folder, CORNER)
    preprocessor = read_checkpoint(str(folder)).preprocessor
    assert preprocessor["do_normalize"] is False
    assert preprocessor["sampling_rate"] == 16000


@pytest.mark.parity
@pytest.mark.parametrize("family", ["Wav2Vec2Conformer", "SEW"])
def test_what_other_networks_of_transformers_are_saved_as_is_refused_by_type(folder, family):
    pytest.importorskip("torch")
    import transformers

    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 24, "conv_dim": (8, 8), "conv_kernel": (10, 3)}
    sizes |= {"conv_stride": (5, 2), "num_conv_pos_embeddings": 8}
    sizes |= {"num_conv_pos_embedding_groups": 2}
    config = getattr(transformers, f"{family}Config")(**sizes)
    getattr(transformers, f"{family}Model")(config).save_pretrained(folder)
    assert f"model_type is {config.model_type!r}" in refusal(folder)
