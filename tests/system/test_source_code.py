"""The commit of source files, in repositories that the tests make."""

import subprocess

import pytest

from affdyn_jax.system.source_code import Checkout, checkout_of


def git(folder, *arguments):
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    command = ["git", "-C", folder, *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def package(tmp_path):
    """A package in a repository of one commit, beside another file."""
    folder = tmp_path / "repository" / "package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("one = 1\n")
    (folder.parent / "notes.txt").write_text("notes\n")
    (folder.parent / ".gitignore").write_text("__pycache__/\n.venv/\n")
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-q", "-m", "First")
    return folder


def test_as_committed(package):
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_text("")
    (package.parent / "notes.txt").write_text("not of the package\n")
    assert checkout_of(package) == Checkout(git(package, "rev-parse", "HEAD"), False)


@pytest.mark.parametrize("name", ["__init__.py", "new.py"])
def test_changed_since(package, name):
    (package / name).write_text("two = 2\n")
    commit = git(package, "rev-parse", "HEAD")
    assert checkout_of(package) == Checkout(commit, True)
    git(package, "add", name)
    assert checkout_of(package) == Checkout(commit, True)
    git(package, "commit", "-q", "-m", "Second")
    assert checkout_of(package) == Checkout(git(package, "rev-parse", "HEAD"), False)


def test_a_package_that_is_installed_within_somebody_elses_repository(package):
    installed = package.parent / ".venv" / "package"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("")
    assert checkout_of(installed) is None


def test_another_repository_that_gits_variables_name(package, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(package.parent / "nowhere"))
    assert checkout_of(package) is not None


def test_no_repository_no_commit_no_git(tmp_path, package, monkeypatch):
    assert checkout_of(tmp_path) is None
    git(tmp_path, "init", "-q")
    (tmp_path / "new.py").write_text("")
    git(tmp_path, "add", "new.py")
    assert checkout_of(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checkout_of(package) is None
