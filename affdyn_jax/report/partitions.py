"""The partitions that a report shows scores of."""

from affdyn_jax.workdir.files import RunFacts


def labelled_partitions(facts: RunFacts) -> list[str]:
    """Dev and, where it has gold standards, test."""
    return [partition for partition in ("dev", "test") if partition in facts.labelled]


def scored_partition(facts: RunFacts) -> str:
    """The partition that results are read from: test, or dev where test has no labels."""
    return labelled_partitions(facts)[-1]
