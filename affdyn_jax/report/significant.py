"""Which differences count as significant, and which can."""

from affdyn_jax.evaluation.significance import PERMUTATIONS, smallest_p_value
from affdyn_jax.report.notation import ccc, counted
from affdyn_jax.workdir.files import RunFacts

SIGNIFICANT = 0.05  # p below it (§4.3)


def units_of_tests(facts: RunFacts) -> str:
    """What intervals and tests take as independent: recordings, or groups of them."""
    return "groups" if facts.groups else "recordings"


def limit_of_p(facts: RunFacts) -> str:
    """The smallest p that few test recordings or groups allow, in words; empty for many."""
    count = facts.group_count("test")
    if 2**count > PERMUTATIONS:
        return ""
    smallest = smallest_p_value(count)
    unit = f"test {units_of_tests(facts).removesuffix('s')}"
    consequence = ", so none can be significant" if smallest >= SIGNIFICANT else ""
    return f"with {counted(count, unit)} no p can be below {ccc(smallest)}{consequence}"
