import importlib.util
import sys

import pytest

from affdyn_jax.errors import ConfigError
from affdyn_jax.tracking.choice import trackers_of
from affdyn_jax.tracking.settings import TrackingSettings
from tests.tracking.epochs import scored

PACKAGES = {
    "tensorboard": "tensorboardX",
    "wandb": "wandb",
    "mlflow": "mlflow",
    "trackio": "trackio",
}


@pytest.mark.parametrize("backend", PACKAGES)
def test_a_package_that_is_missing_is_named_with_what_installs_it(backend, tmp_path, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == PACKAGES[backend] else find_spec(name),
    )
    with pytest.raises(ConfigError) as caught:
        trackers_of(TrackingSettings((backend,)), tmp_path, False)
    package = PACKAGES[backend]
    assert f"tracking.backends={backend}: the package {package} is not inst" in str(caught.value)
    assert f"`pip install {package}`" in str(caught.value)


def test_a_folder_of_the_name_is_no_package(tmp_path, monkeypatch):
    """W&B leaves one where it is used."""
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    (tmp_path / "wandb").mkdir()
    with pytest.raises(ConfigError, match="pip install wandb"):
        trackers_of(TrackingSettings(("wandb",)), tmp_path, False)


def test_lines_of_json_are_always_there_and_nothing_else(tmp_path):
    trackers = trackers_of(TrackingSettings(), tmp_path, True)
    trackers.on_epoch(scored(1))
    trackers.on_end(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["epochs.jsonl"]
