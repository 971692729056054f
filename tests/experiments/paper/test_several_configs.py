"""Several configs on one command line."""

import pytest

from experiments.paper.several_configs import split
from tests.commands import call

READ = """
import json
from experiments.paper import several_configs
def show(configs):
    print(json.dumps({name: [c.corpus.name, c.corpus.root, c.sweep.seeds, c.cores_as_devices]
                      for name, c in configs.items()}))
several_configs.start(show)
"""


@pytest.mark.parametrize(
    ("line", "others", "configs"),
    [
        ("--config=a", "", ["--config=a"]),
        ("--config a --config.x 1 -config b", "", ["--config a --config.x 1", "-config b"]),
        ("--x=1 --config=a --y 2 --config.z=3", "--x=1 --y 2", ["--config=a --config.z=3"]),
        (
            "--config.x=0 --noconfig.y --config=a --config.x=1 --config=b",
            "",
            ["--config=a --noconfig.y --config.x=1", "--config=b --config.x=0 --noconfig.y"],
        ),
        ("now --config=a", "now", ["--config=a"]),
        ("--config=a now", "", ["--config=a now"]),
        ("", "", []),
    ],
)
def test_each_config_has_its_own_fields_and_those_of_all(line, others, configs):
    assert split(line.split()) == (others.split(), [config.split() for config in configs])


def read(*arguments):
    return call("-c", READ, *arguments)


def test_configs_are_read_with_their_fields():
    ended = read(
        *("--config.sweep.seeds=4,5", "--noconfig.cores_as_devices"),
        *("--config=configs/sewa_de.py", "--config.corpus.root=A"),
        *("--config=configs/sewa_hu.py:standin", "--config.sweep.seeds=6"),
    )
    assert ended.stdout == (
        '{"sewa_de": ["SEWA DE", "A", [4, 5], false], '
        '"sewa_hu_standin": ["SEWA HU stand-in", "", [6], false]}\n'
    ), ended.stderr


def test_what_is_wrong_ends_in_one_line():
    one = "--config=configs/sewa_de.py"
    for arguments, status, said in (
        ([], 2, "name an experiment; --config=demo needs no data"),
        ([one, "now"], 2, "'now' is not a flag"),
        ([one, "--config.swep.seeds=0"], 2, "--config.swep.seeds: no such field in the config"),
        ([one, "--workdri=x"], 2, "Unknown command line flag 'workdri'"),
        ([one, one], 1, "two configs are called 'sewa_de'"),
    ):
        ended = read(*arguments)
        assert ended.status == status, ended.stderr
        assert ended.stderr.startswith(f"error: {said}")
        assert ended.stderr.count("\n") == 1
