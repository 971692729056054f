"""The paper's two kinds of models: of one dimension and of all (§3.3)."""

from affdyn_jax.method.tasks import MULTI
from affdyn_jax.workdir.files import FinishedRun


def setup_kind(setup: str) -> str:
    """The kind of a setup's models."""
    return "multi-dimensional" if setup == MULTI else "mono-dimensional"


def setup_kinds(run: FinishedRun) -> list[str]:
    """The kinds that a run trained, in the paper's order: mono, then multi."""
    return sorted(set(run.lanes["setup"].map(setup_kind)))
