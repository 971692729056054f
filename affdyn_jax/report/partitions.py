"""The partitions that a report shows scores of, and what is independent in them."""

from affdyn_jax.workdir.files import RunFacts


def labelled_partitions(facts: RunFacts) -> list[str]:
    """Dev and, where it has gold standards, test."""
    return [partition for partition in ("dev", "test") if partition in facts.labelled]


def scored_partition(facts: RunFacts) -> str:
    """The partition that results are read from: test, or dev where test has no labels."""
    return labelled_partitions(facts)[-1]


def units_of_tests(facts: RunFacts) -> str:
    """What intervals and tests take as independent: recordings, or groups of them."""
    return "groups" if facts.groups else "recordings"
