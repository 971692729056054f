import re

import pytest
from absl import flags

from affdyn_jax import command_help, command_line
from affdyn_jax.command_help import asks_for_help, help_of
from affdyn_jax.config import Settings
from affdyn_jax.system.typed_json import schema_of
from tests.commands import call

FLAG = re.compile(r"^  --(?:\[no\])?([\w.]+)", re.MULTILINE)


@pytest.mark.parametrize("words", [["train"], ["predict"], ["live"], ["export"], ["report"]])
def test_help_of_a_command_fits_80_columns_and_has_its_own_flags_alone(words):
    ended = call("affdyn_jax", *words, "--help")
    assert (ended.status, ended.stderr) == (0, "")
    assert max(map(len, ended.stdout.splitlines())) <= 80
    found = FLAG.findall(ended.stdout)
    assert {"train": "config", "report": "run"}.get(words[0], "lane") in found
    assert "verbosity" not in found
    assert len(found) < 25


def test_help_of_a_config_has_the_fields_used_most():
    own = flags.FlagValues()
    command_line.define_config(own)
    told = help_of("What it does.", own)
    assert told.startswith("What it does.\n\nFlags:\n")
    for name in command_help._FIELDS_USED_MOST:
        assert f"\n  --config.{name}=" in told
    assert "\n  --config.sweep.weights=0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1\n" in told
    weights = schema_of(Settings)["properties"]["sweep"]["properties"]["weights"]
    assert weights["description"] in " ".join(told.split())


def test_a_flag_with_a_default_says_it():
    own = flags.FlagValues()
    flags.DEFINE_boolean("resume", True, "Resume it.", flag_values=own)
    flags.DEFINE_string("out", None, "Where to.", flag_values=own)
    told = help_of(None, own)
    assert "  --[no]resume\n      Resume it. [True]\n" in told
    assert told.endswith("  --out=…\n      Where to.")


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["--help"], True),
        (["a", "-h"], True),
        (["--", "--help"], False),
        (["--helpfull"], False),
        (["--out=--help"], False),
    ],
)
def test_what_asks_for_help(words, asked):
    assert asks_for_help(words) is asked
