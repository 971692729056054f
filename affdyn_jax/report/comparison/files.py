"""The files of a comparison."""

from pathlib import Path

from affdyn_jax.report.comparison.contents import Comparison
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.document.page import page
from affdyn_jax.report.files import write_file
from affdyn_jax.system.standin_mark import write_standin_mark


def write_comparison(comparison: Comparison, out: Path) -> Path:
    """Write `comparison.html` and `comparison.md`.

    Args:
        comparison: The runs compared.
        out: The folder; made if missing. Files of the same names are replaced.

    Returns:
        The page.

    Raises:
        RunError: The folder cannot be written.
    """
    if comparison.is_standin:
        write_standin_mark(
            out,
            "a run that is compared here was trained on a generated corpus.",
            "name another --out",
        )
    document = comparison.document()
    write_file(out / "comparison.md", markdown(document).encode(), private=False)
    write_file(out / "comparison.html", page(document).encode(), private=False)
    return out / "comparison.html"
