"""Extract the features of a corpus into the cache, where every run finds them.

python -m affdyn_jax.extract --config=configs/sewa_hu.py --config.corpus.root=/data/sewa_hu
"""

from affdyn_jax import command_line, pipeline, progress

_CONFIG = command_line.define_config()


def main() -> None:
    """Read the corpus and extract its features, as the first stages of a run do."""
    config = command_line.value_of(_CONFIG)
    with progress.logging_to():
        pipeline.read_features(config, pipeline.read_corpus(config))


if __name__ == "__main__":
    command_line.start(main)
