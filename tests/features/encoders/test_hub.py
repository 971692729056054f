import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from huggingface_hub import close_session, constants

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.hub import download

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BOTH_FORMS = {
    "config.json": b"{}",
    "preprocessor_config.json": b'{"do_normalize": true}',
    "model.safetensors": b"safe",
    "pytorch_model.bin": b"pickle",
    "README.md": b"words",
    "flax_model.msgpack": b"other",
}


class Hub:
    """A hub on this machine with one model, `lab/voice`, and what was asked of it."""

    def __init__(self, files):
        self.files = files
        self.fetched = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                path = urlsplit(self.path).path
                headers = {"X-Repo-Commit": COMMIT}
                if path == "/api/models/lab/voice":
                    status, body = hub.revision("main", headers)
                elif path.startswith("/api/models/lab/voice/revision/"):
                    status, body = hub.revision(path.rpartition("/")[2], headers)
                elif path.startswith(f"/api/models/lab/voice/tree/{COMMIT}"):
                    status, body = 200, json.dumps(hub.tree()).encode()
                elif path.startswith(f"/lab/voice/resolve/{COMMIT}/"):
                    name = path.rpartition("/")[2]
                    status, body = 200, hub.files[name]
                    headers["ETag"] = f'"{hashlib.sha1(body).hexdigest()}"'
                    if self.command == "GET":
                        hub.fetched.append(name)
                else:
                    status, body = 404, b""
                    headers["X-Error-Code"] = "RepoNotFound"
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def revision(self, revision, headers):
        if revision not in ("main", "v1", COMMIT):
            headers["X-Error-Code"] = "RevisionNotFound"
            return 404, b""
        siblings = [{"rfilename": name} for name in self.files]
        return 200, json.dumps({"id": "lab/voice", "sha": COMMIT, "siblings": siblings}).encode()

    def tree(self):
        return [
            {"type": "file", "path": n, "size": len(c), "oid": hashlib.sha1(c).hexdigest()}
            for n, c in self.files.items()
        ]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def start_hub(monkeypatch, tmp_path):
    """Start a hub that has the given files, in place of the real one and with an empty cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    hubs = []

    def start(files):
        hubs.append(Hub(files))
        address = hubs[-1].address
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", address)
        return hubs[-1]

    yield start
    for hub in hubs:
        hub.close()
    # Connections that it keeps open would warn when they are collected.
    close_session()


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
