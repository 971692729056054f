"""Extract the features of a config into the cache in which every run finds them.

affdyn extract sewa_hu --config.corpus.root=/data/sewa_hu
"""

from affdyn_jax import command_line

_CONFIG = command_line.define_config()
_PROCESSES = command_line.define_processes()


def main() -> None:
    """Extract the features of the config of the command line."""
    # They take seconds to load, which nobody with a misspelt flag should wait for.
    from affdyn_jax import pipeline
    from affdyn_jax.system.processes import join_processes

    with join_processes(*_PROCESSES()):
        pipeline.extract(command_line.value_of(_CONFIG))


if __name__ == "__main__":
    command_line.start(main)
