from pathlib import Path

import jax
import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from affdyn_jax.system.user_cache import keep_compiled_programs, user_cache, why_not_writable


@pytest.fixture
def compiled_before():
    """Where the tests' own programs are kept."""
    before = jax.config.jax_compilation_cache_dir
    yield before
    jax.config.update("jax_compilation_cache_dir", before)


@pytest.mark.parametrize("platform", [Unix, MacOS, Windows])
def test_xdg_cache_home_is_the_cache_on_every_platform(monkeypatch, tmp_path, platform):
    monkeypatch.setattr(platformdirs, "PlatformDirs", platform)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache("features") == tmp_path / "affdyn_jax" / "features"


@pytest.mark.parametrize("unset", ["", None])
@pytest.mark.parametrize(("platform", "place"), [(Unix, ".cache"), (MacOS, "Library/Caches")])
def test_without_it_the_cache_is_where_the_platform_has_it(
    monkeypatch, tmp_path, unset, platform, place
):
    monkeypatch.setattr(platformdirs, "PlatformDirs", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    if unset is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
    assert user_cache("features") == tmp_path / place / "affdyn_jax" / "features"


def test_programs_are_kept_in_the_cache(monkeypatch, tmp_path, compiled_before):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keep_compiled_programs()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / "affdyn_jax" / "compiled")


def test_without_a_cache_programs_are_not_kept(monkeypatch, tmp_path, compiled_before, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "affdyn_jax").touch()
    keep_compiled_programs()
    assert jax.config.jax_compilation_cache_dir == compiled_before
    (told,) = caplog.messages
    assert "compiled: compiled programs are not kept (Not a directory)" in told


def test_looking_whether_a_folder_can_be_written_leaves_nothing(tmp_path):
    assert why_not_writable(tmp_path / "a" / "b") == ""
    assert why_not_writable(Path("a")) == ""
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a").touch()
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        assert why_not_writable(folder) == "Not a directory"
