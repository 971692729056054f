"""The files of a run's report, written into its folder."""

from pathlib import Path

from affdyn_jax.report.contents import contents
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.document.page import page
from affdyn_jax.system.whole_files import write_whole
from affdyn_jax.workdir.files import read_run


def write_report(workdir: Path) -> None:
    """Write `report.html`, `report.md` and their figures into a finished run's folder.

    `report.html` contains its figures; `report.md` shows those in `figures/`, which has each one
    as SVG and PNG, and each recording's trajectories as SVG. Only the user may read the page and
    the figures.

    Args:
        workdir: The run's folder.

    Raises:
        RunError: It holds no finished run, or cannot be written.
        CorpusError: Predictions or gold standards in it cannot be read.
    """
    document = contents(read_run(workdir))
    for picture in document.pictures:
        write_file(workdir / "figures" / f"{picture.name}.svg", picture.svg, private=True)
        write_file(workdir / "figures" / f"{picture.name}.png", picture.png, private=True)
    for chart in document.charts:
        write_file(workdir / "figures" / f"{chart.name}.svg", chart.svg.encode(), private=True)
    write_file(workdir / "report.md", markdown(document).encode(), private=False)
    write_file(workdir / "report.html", page(document).encode(), private=True)


def write_file(path: Path, content: bytes, *, private: bool) -> None:
    """Write a file of a report, whole or not at all.

    Args:
        path: The file.
        content: Its bytes.
        private: Whether only the user may read it (see `whole_files.replacing`).

    Raises:
        RunError: It cannot be written.
    """
    write_whole(path, content, "check its folder's permissions, or free the disk", private=private)
