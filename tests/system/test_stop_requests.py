"""Requests to stop, sent to processes of their own."""

import contextlib
import signal
import subprocess
import sys
import time

import pytest

# {} is what the main thread does meanwhile; it says when it is ready for signals.
PROGRAM = """
import signal, sys, time
from affdyn_jax.system.stop_requests import Stopped, interruptible, listen, requested

def ready():
    print("ready", flush=True)

listen()
signal.signal(signal.SIGUSR1, lambda *_: None)
try:
{}
except Stopped as stopped:
    print("stopped by", stopped.signal.name, flush=True)
"""

# Short sleeps: Python runs a handler before its next step, and a signal that comes right before
# a sleep, or goes to another thread, does not cut it short.
INTERRUPTED = """
    with interruptible():
        ready()
        while True:
            time.sleep(0.01)
"""

NOTED = """
    ready()
    while requested() is None:
        time.sleep(0.01)
    print("noted", flush=True)
    with interruptible():
        print("never said", flush=True)
"""

KEPT_FROM_IT = """
    with interruptible():
        with interruptible(False):
            ready()
            while requested() is None:
                time.sleep(0.01)
            print("finished", flush=True)
        print("never said", flush=True)
"""

# Like a compilation: no handler in Python runs before it is over.
BUSY = """
    import hashlib
    ready()
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 100_000_000)
"""


@pytest.fixture
def start():
    """Start a program with such a block; what still runs after the test is killed."""
    with contextlib.ExitStack() as stack:

        def start(block):
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", PROGRAM.format(block)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            assert process.stdout.readline() == "ready\n"
            return process

        yield start


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (INTERRUPTED, "stopped by {}\n"),
        (NOTED, "noted\nstopped by {}\n"),
        (KEPT_FROM_IT, "finished\nstopped by {}\n"),
    ],
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_where_a_request_interrupts(start, block, said, number):
    process = start(block)
    process.send_signal(number)
    out, told = process.communicate(timeout=60)
    assert out == said.format(number.name)
    # A process that ends at once may be gone before it has told that it is going to.
    assert told == "" or told.startswith(f"{number.name}: stopping")
    assert told.count("\n") <= 1


def test_the_second_signal_ends_the_process_at_once(start):
    process = start(BUSY)
    for number in (signal.SIGTERM, signal.SIGINT):
        process.send_signal(number)
        time.sleep(0.2)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT


def test_other_signals_are_none_of_our_business(start):
    process = start(INTERRUPTED)
    process.send_signal(signal.SIGUSR1)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert out == "stopped by SIGTERM\n"
