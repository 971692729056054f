"""Commands as a user starts them, each in a process of its own.

To load what they import takes seconds. So one process loads it once, and commands are forks of that
one, with arguments, variables and standard streams of their own. One test of each command starts it
without that: `test_main.py`, `test_export.py` and `report/test_report.py`.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]

_LONGEST_S = 300

_WHAT_COMMANDS_LOAD = (
    "affdyn_jax.pipeline",
    "affdyn_jax.prediction.exported.export",
    "affdyn_jax.prediction.files",
    "affdyn_jax.prediction.live",
    "experiments.paper.several_configs",
)


class Ended(NamedTuple):
    """Exit status, negative where a signal was its end, and what a command said."""

    status: int
    stdout: str
    stderr: str


class Command:
    """A command that was started."""

    def __init__(self, argv, stdin, umask, variables):
        self._kept = tempfile.TemporaryDirectory(prefix="affdyn_jax-command-")
        self._folder = Path(self._kept.name)
        (self._folder / "stdin").write_bytes(stdin)
        environment = dict(os.environ) | {name: str(value) for name, value in variables.items()}
        self.pid = _ask(
            {
                "argv": [str(argument) for argument in argv],
                "streams": [str(self._folder / name) for name in ("stdin", "stdout", "stderr")],
                "umask": umask,
                "environment": environment,
            }
        )

    def is_running(self):
        """Whether it has not ended yet."""
        return _ask({"is_running": self.pid})

    def send_signal(self, number):
        os.kill(self.pid, number)

    def ended(self):
        """Wait for its end; after five minutes it is killed."""
        overdue = threading.Timer(_LONGEST_S, os.kill, (self.pid, signal.SIGKILL))
        overdue.start()
        try:
            status = _ask({"wait": self.pid})
        finally:
            overdue.cancel()
        said = [(self._folder / name).read_bytes().decode() for name in ("stdout", "stderr")]
        self._kept.cleanup()
        return Ended(status, *said)


def start(*argv, stdin=b"", umask=-1, **variables):
    """Start `python -m` with these words, or `python -c` where they begin with it."""
    return Command(argv, stdin, umask, variables)


def call(*argv, **options):
    """What such a command has come to."""
    return start(*argv, **options).ended()


def call_afresh(*argv, **options):
    """The same of a process that loads by itself what it needs."""
    words = [str(word) for word in argv]
    ended = subprocess.run(
        [sys.executable, *([] if words[0] == "-c" else ["-m"]), *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
        **options,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@functools.cache
def _server():
    """The process that has loaded everything."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.commands"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.communicate)  # which ends it
    return server


_turns = threading.Lock()


def _ask(request):
    server = _server()
    with _turns:
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())


def _serve():
    """Fork for each request; forks return from here, with the words of their command."""
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            answer = os.waitstatus_to_exitcode(status)
        elif "is_running" in request:
            look = os.WEXITED | os.WNOHANG | os.WNOWAIT
            answer = os.waitid(os.P_PID, request["is_running"], look) is None
        elif not (answer := os.fork()):
            return _turn_into(**request)
        print(answer, flush=True)
    return None


def _turn_into(argv, streams, umask, environment):
    for number, path in enumerate(streams):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, buffering, closefd=False)  # noqa: SIM115
        for number, (mode, buffering) in enumerate((("r", -1), ("w", -1), ("w", 1)))
    )
    os.environ.clear()
    os.environ.update(environment)
    if umask >= 0:
        os.umask(umask)
    return argv


def _run(first, *rest):
    """Run a command as Python does, up to its exit status."""
    try:
        if first == "-c":
            program, *rest = rest
            sys.argv = ["-c", *rest]
            exec(program, {"__name__": "__main__"})
        else:
            sys.argv = [first, *rest]
            runpy.run_module(first, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return 1 if isinstance(end.code, str) else end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


if __name__ == "__main__":
    for module in _WHAT_COMMANDS_LOAD:
        importlib.import_module(module)
    gc.freeze()
    words = _serve()
    if words is not None:
        status = _run(*words)
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        # Python would go on to free all that was loaded, page by page.
        os._exit(status)
