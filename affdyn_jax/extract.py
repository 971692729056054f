"""Extract the features of a config into the cache in which every run finds them.

python -m affdyn_jax.extract --config=configs/sewa_hu.py --config.corpus.root=/data/sewa_hu
"""

import dataclasses

from affdyn_jax import command_line
from affdyn_jax.config import Settings
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.features.reading import check_cache, read_features
from affdyn_jax.system import progress
from affdyn_jax.system.processes import join_processes
from affdyn_jax.system.stop_requests import interruptible
from affdyn_jax.workdir.recipe import must_have_same_recipe


def extract(settings: Settings) -> None:
    """Read the corpus, check its ratings and extract its features, as a run begins.

    Raises:
        AffdynError: What the user has to mend; other than in a run, also a cache that nobody may
            write to.
    """
    must_have_same_recipe(dataclasses.asdict(settings))
    check_cache(settings.features)
    with progress.logging_to(), interruptible():
        corpus = read_corpus(settings.corpus, settings.features.tables)
        put_on_grid(corpus, settings.features.frame_rate, settings.corpus.annotation_delay)
        read_features(settings.features, corpus)


if __name__ == "__main__":
    CONFIG = command_line.define_config()
    PROCESSES = command_line.define_processes()

    def main() -> None:
        """Extract the features of the config of the command line."""
        with join_processes(*PROCESSES()):
            extract(command_line.value_of(CONFIG))

    command_line.start(main)
