"""A hub on this machine, in place of the real one."""

import contextlib
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from huggingface_hub import close_session, constants

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """A hub on this machine with one model, `lab/voice`, and what was asked of it."""

    def __init__(self, files):
        self.files = files
        self.fetched = []
        self.newest = COMMIT
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
        commit = self.newest if revision == "main" else COMMIT
        return 200, json.dumps({"id": "lab/voice", "sha": commit, "siblings": siblings}).encode()

    def tree(self):
        return [
            {"type": "file", "path": n, "size": len(c), "oid": hashlib.sha1(c).hexdigest()}
            for n, c in self.files.items()
        ]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def in_place_of_the_real_one(monkeypatch, cache):
    """What starts a hub with the given files, while an empty cache takes the user's place."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
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
