"""Where the files of configs are looked for."""

import pytest

from affdyn_jax import configs
from tests.commands import PROJECT

SHIPPED = PROJECT / "configs"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("named", ["demo", "configs/demo.py", str(SHIPPED / "demo.py")])
def test_those_of_the_package_are_found_from_any_folder(elsewhere, named):
    assert configs.file_of(named) == SHIPPED / "demo.py"


def test_a_file_in_the_current_folder_comes_first(elsewhere):
    for own in ("demo.py", "configs/demo.py"):
        (elsewhere / own).parent.mkdir(exist_ok=True)
        (elsewhere / own).touch()
    assert str(configs.file_of("demo")) == "configs/demo.py"
    assert str(configs.file_of("configs/demo.py")) == "configs/demo.py"
    assert str(configs.file_of("demo.py")) == "demo.py"
    (elsewhere / "demo").touch()
    assert str(configs.file_of("demo")) == "demo"


@pytest.mark.parametrize("named", ["nothing", "other/demo.py", "demo.py", "configs/no.py", "", "."])
def test_others_are_not_there(elsewhere, named):
    with pytest.raises(FileNotFoundError):
        configs.file_of(named)


def test_their_names():
    assert configs.names() == sorted(path.stem for path in SHIPPED.glob("*.py"))
