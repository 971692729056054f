"""The time and memory of a cross-validation as one job, and as one job for each fold.

    python -m experiments.benchmarks.folds --config=configs/avec2019_fusion_de.py \
        --config.corpus.root=… --config.sweep.folds=leave_one_group_out

Runs the user's command once for the whole sweep, then once for each fold on that fold's own
partitions, with caches of compiled programs that are empty at first. Everything that a command
does is timed: from the start of Python to the report.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from affdyn_jax import command_line
from affdyn_jax.config import Settings
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.dataset.folds import Fold, plan_folds
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from experiments.benchmarks.whole_commands import run, told


def measure(settings: Settings, arguments: Sequence[str]) -> None:
    """Print seconds and peak memory of each way.

    Args:
        settings: What the arguments say.
        arguments: Of the user's command.
    """
    corpus = read_corpus(settings.corpus, settings.features.tables)
    gold = put_on_grid(corpus, settings.features.frame_rate, settings.corpus.annotation_delay)
    folds = plan_folds(corpus, gold, settings.sweep.folds)
    with tempfile.TemporaryDirectory() as folder:
        seconds, peak_mib = run(arguments, Path(folder) / "together")
        told(f"{len(folds)} folds as one job", seconds, peak_mib)
        cache = Path(folder) / "one by one"
        each = [
            run([*arguments, *of_fold(fold)], cache, f"fold{n}") for n, fold in enumerate(folds)
        ]
    seconds, peaks_mib = zip(*each, strict=True)
    told(f"{len(folds)} jobs one after the other", sum(seconds), max(peaks_mib))


def of_fold(fold: Fold) -> list[str]:
    """Arguments that make a fold's parts the partitions."""
    return [
        "--config.sweep.folds=0",
        *(
            f"--config.corpus.partitions.{part}={','.join(names)}"
            for part, names in fold._asdict().items()
        ),
    ]


if __name__ == "__main__":
    CONFIG = command_line.define_config()
    command_line.start(lambda: measure(command_line.value_of(CONFIG), sys.argv[1:]))
