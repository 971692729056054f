from pathlib import Path

from affdyn_jax.user_cache import user_cache


def test_the_xdg_convention(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache("features") == tmp_path / "affdyn_jax" / "features"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_cache("features") == Path(tmp_path) / ".cache" / "affdyn_jax" / "features"
