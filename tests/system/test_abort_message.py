"""Last words are said by processes that end abruptly, and by no others."""

import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys
from affdyn_jax.system.abort_message import abort_message
with abort_message("gone"):
    {}
"""


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "gone\n"),
        ("os.abort()", "gone\n"),
        ("os._exit(1)", "gone\n"),
        ("pass", ""),
        ("sys.exit(1)", ""),
        ("sys.exit('an error')", "an error\n"),
    ],
)
def test_who_says_them(end, said):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(end)], capture_output=True, text=True, check=False
    )
    assert ended.stderr == said
