"""A name on the hub becomes a commit once, and stays it."""

import dataclasses

import pytest

from affdyn_jax.features.encoders import pinning
from affdyn_jax.features.encoders.pinning import pinned
from affdyn_jax.features.settings import EncoderSettings

SETTINGS = EncoderSettings(model="lab/voice")


@pytest.fixture
def asked(monkeypatch):
    """What the hub is asked for; each time it has another commit."""
    names = []

    def commit_of(model, revision):
        names.append((model, revision))
        return f"{len(names):040x}"

    monkeypatch.setattr(pinning, "commit_of", commit_of)
    return names


def test_a_name_without_a_revision_gets_the_newest_commit(asked):
    assert pinned(SETTINGS, {}) == dataclasses.replace(SETTINGS, revision=f"{1:040x}")
    assert asked == [("lab/voice", None)]


def test_a_branch_gets_its_newest_commit(asked):
    assert pinned(dataclasses.replace(SETTINGS, revision="v1"), {}).revision == f"{1:040x}"
    assert asked == [("lab/voice", "v1")]


def test_a_commit_stays_and_a_folder_has_none(asked, tmp_path):
    commit = dataclasses.replace(SETTINGS, revision="b" * 40)
    assert pinned(commit, {"model": "lab/voice", "revision": "a" * 40}) == commit
    folder = EncoderSettings(model=str(tmp_path), revision="v1")
    assert pinned(folder, {}) == EncoderSettings(model=str(tmp_path))
    assert not asked


def test_a_run_that_is_resumed_keeps_its_commit(asked):
    earlier = {"model": "lab/voice", "revision": "a" * 40}
    for revision in ("", "v1"):
        of_user = dataclasses.replace(SETTINGS, revision=revision)
        assert pinned(of_user, earlier).revision == "a" * 40
    # As of an earlier version, which did not pin.
    assert pinned(SETTINGS, earlier | {"revision": ""}) == SETTINGS
    assert not asked
    for other in ({"model": "lab/other"}, {"revision": 3}, {"model": ["lab/voice"]}):
        assert pinned(SETTINGS, earlier | other).revision.startswith("0")
