"""The recipes for containers, as far as they can be checked without Docker and Apptainer."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "docs" / "containers"
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
TEXTS = [path.read_text() for path in (PROJECT / "README.md", PROJECT / "docs" / "training.md")]


def instructions():
    """Each instruction of the Dockerfile with its arguments."""
    text = (FOLDER / "Dockerfile").read_text().replace("\\\n", "")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if not line.startswith("#")]
    return [(line[0], line[1]) for line in lines if line]


def copied_by_docker():
    """The place in the image of each path that is copied, from the repository's top level on."""
    found = {}
    for arguments in (rest for name, rest in instructions() if name == "COPY"):
        *sources, target = arguments.split()
        for source in sources:
            found[source] = f"{target}{source}" if target.endswith("/") else target
    return {source: target.removeprefix("./") for source, target in found.items()}


def sections():
    """The lines of each section of Apptainer's definition, the header's under ''."""
    found, name = {"": []}, ""
    for line in (FOLDER / "affdyn_jax.def").read_text().splitlines():
        if line.startswith("%"):
            name = line[1:]
            found[name] = []
        elif line.strip() and not line.strip().startswith("#"):
            found[name].append(line.strip())
    return found


def pip_lines(lines):
    """The installations, as their words."""
    return [shlex.split(line) for line in lines if line.startswith("pip install")]


def commands_of_the_page():
    """The commands that build images: of Docker and of Apptainer."""
    page = (PROJECT / "docs" / "containers.md").read_text()
    found = re.findall(r"`((?:docker|apptainer) build [^`]+)`", page)
    return [shlex.split(command) for command in found]


def test_each_instruction_is_one_of_docker():
    names = [name for name, _ in instructions()]
    assert names[0] == "FROM"
    assert set(names) == {"FROM", "ENV", "WORKDIR", "RUN", "COPY"}


def test_both_recipes_copy_the_same_paths_that_are_in_the_repository():
    of_docker = copied_by_docker()
    of_apptainer = dict(line.split() for line in sections()["files"])
    assert of_apptainer == {source: f"/affdyn_jax/{place}" for source, place in of_docker.items()}
    tracked = subprocess.run(
        ["git", "-C", PROJECT, "ls-files", "--", *of_docker],
        check=True,
        capture_output=True,
        text=True,
    )
    assert {Path(name).parts[0] for name in tracked.stdout.splitlines()} == set(of_docker)


def test_what_is_copied_suffices_to_install_the_package():
    project, wheel = PYPROJECT["project"], PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["readme"], *project["license-files"]}
    included = {*wheel.get("packages", ()), *wheel.get("only-include", ())}
    assert "affdyn_jax" in included
    assert needed | included <= set(copied_by_docker())


def test_nothing_but_what_is_copied_is_sent_to_docker():
    lines = (FOLDER / "Dockerfile.dockerignore").read_text().split()
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == set(copied_by_docker())


def test_they_install_as_the_pages_say():
    of_docker = [rest for name, rest in instructions() if name == "RUN"]
    lines = pip_lines(of_docker)
    assert {line[-1] for line in lines} == {".", ".[gpu]", ".[gpu13]"}
    said = [
        shlex.split(found) for text in TEXTS for found in re.findall("pip install -e [^ ]+", text)
    ]
    for line in lines:
        assert line in [[word.strip("`;") for word in words] for words in said]
    [of_apptainer] = pip_lines(sections()["post"])
    [default] = sections()["arguments"]
    assert [
        word.replace("{{ install }}", default.removeprefix("install=")) for word in of_apptainer
    ] in lines


def test_the_image_has_a_python_that_the_package_takes():
    from_docker = instructions()[0][1].split()[0]
    assert f"From: {from_docker}" in sections()[""]
    minor = int(re.match(r"python:3\.(\d+)-", from_docker)[1])
    low, high = re.findall(r"3\.(\d+)", PYPROJECT["project"]["requires-python"])
    assert int(low) <= minor < int(high)


@pytest.mark.parametrize("command", commands_of_the_page(), ids=" ".join)
def test_commands_of_the_page(command):
    stages = [rest.split(" AS ")[1] for name, rest in instructions() if name == "FROM"]
    installed = [line[-1] for line in pip_lines(rest for name, rest in instructions())]
    paths = [word for word in command if word.startswith("docs/")]
    assert [PROJECT / path for path in paths if (PROJECT / path).is_file()]
    if command[0] == "docker":
        assert command[-1] == "."  # the repository is what paths are copied from
        targets = [word.removeprefix("--target=") for word in command if "--target=" in word]
        assert set(targets) <= set(stages)
        assert targets or stages[-1] == "cpu"
    else:
        for word in command:
            if word.startswith("install="):
                assert word.removeprefix("install=") in installed


def test_the_page_has_a_command_for_each_image():
    assert len(commands_of_the_page()) == 6
