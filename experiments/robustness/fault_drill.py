"""Kill, stop and damage runs in every stage, and show that they end with the same results.

    python -m experiments.robustness.fault_drill

Takes about ten minutes on two cores. Each fault hits a separate process that runs
`affdyn_jax.main` on a small stand-in. Then the same command is started again, and at the end
`lanes.csv` and `history.csv` have to be those of an undisturbed run, byte for byte.
"""

import dataclasses
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from absl import app, flags

_TABLES = ("lanes.csv", "history.csv")

# Programs are compiled once, so a run spends its time in the stages that faults are to hit.
_ENVIRONMENT = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}

_SWEEP = (
    "--config=configs/demo.py",
    "--config.corpus.standin.train=6",
    "--config.corpus.standin.dev=3",
    "--config.corpus.standin.test=3",
    "--config.corpus.standin.shortest_s=20",
    "--config.corpus.standin.longest_s=40",
    "--config.sweep.weights=0,0.5,1",
    "--config.sweep.hidden_sizes.mono=4",
    "--config.sweep.hidden_sizes.multi=4,6",
    "--config.features.workers=1",
    "--config.training.learning_rate=0.01",
    "--config.training.max_epochs=40",
    "--config.training.patience=12",
    "--config.training.checkpoint_every=3",
)


@dataclasses.dataclass(frozen=True)
class Place:
    """The folders of a run, its cache of features and the user's other caches."""

    workdir: Path
    features: Path
    user_cache: Path

    def start(self, file_limit: int | None = None) -> subprocess.Popen:
        """The run's command, always the same; `file_limit` in bytes stands for a full disk."""
        arguments = (f"--workdir={self.workdir}", f"--config.features.cache={self.features}")
        limit = None
        if file_limit is not None:
            limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))  # noqa: E731
        return subprocess.Popen(
            [sys.executable, "-m", "affdyn_jax.main", *_SWEEP, *arguments],
            env=os.environ | _ENVIRONMENT | {"XDG_CACHE_HOME": str(self.user_cache)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit,
        )

    def run(self) -> str:
        """Run to the end, and return the output."""
        process = self.start()
        _, said = process.communicate()
        if process.returncode:
            raise AssertionError(f"exit status {process.returncode}: {said}")
        return said

    def tables(self) -> list[bytes]:
        """The results that have to be the same."""
        return [(self.workdir / name).read_bytes() for name in _TABLES]

    def checkpoints(self) -> list[Path]:
        """The newest checkpoint of each hidden size."""
        by_epoch = {}
        for path in self.workdir.glob("checkpoints/*/*"):
            if path.name.isdecimal():
                newest = by_epoch.get(path.parent, path)
                by_epoch[path.parent] = max(newest, path, key=lambda p: int(p.name))
        return list(by_epoch.values())


# Signs by which the stage of a run is seen from outside, in the order of the stages.
STAGES: dict[str, Callable[[Place], bool]] = {
    "extraction": lambda place: any(place.features.glob("*.npy")),
    "training": lambda place: bool(place.checkpoints()),
    "checkpointing": lambda place: any(place.workdir.glob("checkpoints/*/*.being-written*")),
    "evaluation": lambda place: (place.workdir / "lanes.csv").exists(),
    "report": lambda place: (place.workdir / "run.json").exists(),
}


@dataclasses.dataclass
class Drill:
    """Faults of all kinds, at random moments.

    Attributes:
        folder: Where all runs of the drill lie.
        random: Decides on moments and on bytes.
        counts: How often each fault hit a run that was still running.
    """

    folder: Path
    random: random.Random
    counts: dict[str, int] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        self._place_count = 0
        undisturbed = self._place()
        undisturbed.run()
        self._expected = undisturbed.tables()

    def kill(self, stages: Sequence[str]) -> None:
        """SIGKILL in one stage after the other of the same run, then let it end."""
        place = self._place()
        for stage in stages:
            status, _ = self._interrupt(place, stage, signal.SIGKILL)
            if status == -signal.SIGKILL:
                self._count(f"SIGKILL, {stage}")
        self._end(place)

    def stop(self, stage: str) -> None:
        """SIGTERM in one stage: exit status 143, or 0 where the run had ended before."""
        place = self._place()
        status, said = self._interrupt(place, stage, signal.SIGTERM)
        if status:
            assert status == 128 + signal.SIGTERM, (status, said)
            assert said.splitlines()[-1].startswith("error: stopped by SIGTERM"), said
            self._count(f"SIGTERM, {stage}")
        self._end(place)

    def damage_checkpoint(self) -> None:
        """Spoil a file of the newest checkpoint of a run that was killed while training."""
        place = self._place()
        self._interrupt(place, "training", signal.SIGKILL)
        newest = self.random.choice(place.checkpoints())
        self._spoil([path for path in newest.rglob("*") if path.is_file()])
        assert f"{newest}/" in self._end(place), "the damage was not told"
        self._count("damaged checkpoint")

    def damage_cache(self) -> None:
        """Spoil a cached recording of a run that was killed while training."""
        place = self._place()
        self._interrupt(place, "training", signal.SIGKILL)
        spoilt = self._spoil(list(place.features.iterdir()))
        assert f"{spoilt}: made again" in self._end(place), "the damage was not told"
        self._count("damaged cache entry")

    def fill_disk(self, stage: str) -> None:
        """Limit the size of files to less than features or checkpoints need."""
        place = self._place()
        if stage == "checkpointing":  # so features are there
            self._interrupt(place, "training", signal.SIGKILL)
        process = place.start(file_limit=16_384)
        _, said = process.communicate()
        assert process.returncode == 1, (process.returncode, said)
        assert said.splitlines()[-1].startswith("error: "), said
        assert "File too large" in said.splitlines()[-1], said
        assert "Traceback" not in said, said
        self._count(f"full disk, {stage}")
        self._end(place)

    def _place(self) -> Place:
        self._place_count += 1
        folder = self.folder / f"{self._place_count:02d}"
        return Place(folder / "run", folder / "features", self.folder / "cache")

    def _interrupt(self, place: Place, stage: str, number: signal.Signals) -> tuple[int, str]:
        """Send a signal at a random moment of a stage; return the exit status and the output."""
        process = place.start()
        while process.poll() is None and not STAGES[stage](place):
            time.sleep(0.002)
        time.sleep(self.random.uniform(0, 0.5) if stage != "checkpointing" else 0)
        process.send_signal(number)
        _, said = process.communicate()
        return process.returncode, said

    def _spoil(self, paths: list[Path]) -> Path:
        """Flip a bit of one of the files, or cut it short."""
        path = self.random.choice([p for p in sorted(paths) if p.stat().st_size])
        content = bytearray(path.read_bytes())
        at = self.random.randrange(len(content))
        content[at] ^= 1 << self.random.randrange(8)
        path.write_bytes(content if self.random.random() < 0.5 else content[:at])
        return path

    def _end(self, place: Place) -> str:
        """Run the command once more to the end, compare, and return the output."""
        said = place.run()
        assert place.tables() == self._expected, f"{place.workdir}: other results"
        assert (place.workdir / "report.html").exists()
        return said

    def _count(self, fault: str) -> None:
        self.counts[fault] = self.counts.get(fault, 0) + 1
        print(f"{fault}: {self.counts[fault]}", flush=True)


def main(_: Sequence[str]) -> None:
    """Run the whole drill, and print how many faults of each kind there were."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        drill = Drill(Path(folder), random.Random(_SEED.value))
        for _ in range(_ROUNDS.value):
            drill.kill(list(STAGES))
            drill.stop(drill.random.choice(list(STAGES)))
            drill.damage_checkpoint()
            drill.damage_cache()
        drill.fill_disk("extraction")
        drill.fill_disk("checkpointing")
    print(f"all results were the same; {time.monotonic() - started:.0f} s")
    for fault, count in sorted(drill.counts.items()):
        print(f"| {fault} | {count} |")


if __name__ == "__main__":
    _ROUNDS = flags.DEFINE_integer("rounds", 6, "Times that each fault is repeated.")
    _SEED = flags.DEFINE_integer("seed", 0, "Of the moments and the damages.")
    app.run(main)
