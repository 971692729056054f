import pytest
from huggingface_hub import constants

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.hub import commit_of, download, download_settings
from tests.fake_hub import COMMIT

BOTH_FORMS = {
    "config.json": b"{}",
    "preprocessor_config.json": b'{"do_normalize": true}',
    "model.safetensors": b"safe",
    "pytorch_model.bin": b"pickle",
    "README.md": b"words",
    "flax_model.msgpack": b"other",
}


def names(folder):
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("revision", [None, "v1", COMMIT])
def test_safetensors_are_fetched_and_nothing_else(start_hub, revision):
    hub = start_hub(BOTH_FORMS)
    folder = download("lab/voice", revision)
    assert names(folder) == {"config.json", "preprocessor_config.json", "model.safetensors"}
    assert (folder / "model.safetensors").read_bytes() == b"safe"
    assert set(hub.fetched) == names(folder)


def test_a_pickle_is_fetched_where_there_are_no_safetensors(start_hub):
    files = {name: content for name, content in BOTH_FORMS.items() if "safe" not in name}
    hub = start_hub(files)
    folder = download("lab/voice", None)
    assert names(folder) == {"config.json", "preprocessor_config.json", "pytorch_model.bin"}
    assert set(hub.fetched) == names(folder)


def test_a_processors_settings_are_fetched(start_hub):
    names_there = {"config.json", "processor_config.json", "model.safetensors"}
    start_hub(dict.fromkeys([*names_there, "tokenizer_config.json"], b"{}"))
    assert names(download("lab/voice", None)) == names_there


def test_parts_are_fetched_with_their_index(start_hub):
    parts = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    parts.append("model.safetensors.index.json")
    start_hub({"config.json": b"{}", "model.fp16.safetensors": b"", **dict.fromkeys(parts, b"x")})
    assert names(download("lab/voice", None)) == {"config.json", *parts}


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_without_network_what_was_fetched_before_serves(start_hub, name):
    hub = start_hub({"config.json": b"{}", name: b"weights"})
    folders = {download("lab/voice", revision) for revision in (None, "v1", COMMIT)}
    hub.close()
    assert {download("lab/voice", revision) for revision in (None, "v1", COMMIT)} == folders
    (folder,) = folders
    assert names(folder) == {"config.json", name}


def test_settings_are_fetched_without_weights(start_hub):
    hub = start_hub(BOTH_FORMS)
    assert names(download_settings("lab/voice", None)) == {
        "config.json",
        "preprocessor_config.json",
    }
    assert names(download("lab/voice", None)) > {"model.safetensors"}
    hub.close()
    assert "model.safetensors" in names(download_settings("lab/voice", None))


def test_adapters_that_are_not_there_are_reported_before_weights_are_fetched(start_hub):
    hub = start_hub(BOTH_FORMS | {"adapter.deu.safetensors": b"d"})
    with pytest.raises(FeatureError, match=r"no adapter\.due\.safetensors or adapter\.due\.bin of"):
        download("lab/voice", None, ["adapter.due.safetensors", "adapter.due.bin"])
    assert not hub.fetched


def test_files_beside_the_usual_ones_are_fetched_where_they_are_there(start_hub):
    start_hub(BOTH_FORMS | {"adapter.deu.safetensors": b"d", "adapter.fra.safetensors": b"f"})
    folder = download("lab/voice", None, ["adapter.deu.safetensors", "adapter.deu.bin"])
    assert "adapter.deu.safetensors" in names(folder)
    assert "adapter.fra.safetensors" not in names(folder)


def test_the_newest_commit_also_without_network_where_it_was_fetched(start_hub):
    hub = start_hub(BOTH_FORMS)
    assert commit_of("lab/voice") == commit_of("lab/voice", "v1") == COMMIT
    assert not hub.fetched
    download("lab/voice", None)
    hub.close()
    assert commit_of("lab/voice") == COMMIT


def test_a_commit_that_nobody_knows_is_reported(start_hub):
    hub = start_hub(BOTH_FORMS)
    with pytest.raises(FeatureError, match="no such model on the hub"):
        commit_of("lab/other")
    with pytest.raises(FeatureError, match="no name that a model of the hub could have"):
        commit_of("/no/folder")
    hub.close()
    with pytest.raises(FeatureError, match="not to be had from the hub"):
        commit_of("lab/voice")


def refusal(model, revision=None):
    with pytest.raises(FeatureError) as caught:
        download(model, revision)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{model}: ")
    return str(caught.value)


def test_without_network_the_way_out_is_reported(start_hub):
    start_hub(BOTH_FORMS).close()
    assert "name that folder instead" in refusal("lab/voice")
    assert "name that folder instead" in refusal("lab/voice", COMMIT)


def test_downloads_that_are_switched_off_are_reported(start_hub, monkeypatch):
    start_hub(BOTH_FORMS)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "name that folder instead" in refusal("lab/voice")


def test_a_model_or_revision_that_the_hub_lacks_is_reported(start_hub):
    start_hub(BOTH_FORMS)
    assert "no such model on the hub" in refusal("lab/other")
    assert "no revision 'v2'" in refusal("lab/voice", "v2")


@pytest.mark.parametrize("model", ["/no/such/folder", "../folder", "a b", "a/b/c", "models/"])
def test_what_can_only_be_a_folder_is_not_asked_for(start_hub, model):
    hub = start_hub(BOTH_FORMS)
    assert "no name that a model of the hub could have" in refusal(model)
    assert not hub.fetched
