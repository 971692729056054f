"""The notebook, cell by cell, as Jupyter would run it and show what its last lines are."""

import ast
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "notebook.ipynb"


def cells_of(kind):
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def value_of(cell, names):
    """Run a cell; what its last line is worth, None where a `;` keeps that from being shown."""
    *statements, last = ast.parse(cell).body
    exec(compile(ast.Module(statements, []), "<cell>", "exec"), names)
    if not isinstance(last, ast.Expr):
        return exec(compile(ast.Module([last], []), "<cell>", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    return None if cell.rstrip().endswith(";") else value


def shrink(config):
    """Set the shapes that other tests train, so that nothing is compiled for this one alone."""
    config.corpus.standin.update(train=3, dev=2, test=2, shortest_s=11.0, longest_s=13.0)
    config.sweep.hidden_sizes.multi = (4,)
    config.training.update(max_epochs=3, learning_rate=6e-4)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The names that the cells have defined, and what they show."""
    folder, names, shown = tmp_path_factory.mktemp("notebook"), {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        # Both would change how other tests in this process compute.
        patch.setattr("affdyn_jax.pipeline.keep_compiled_programs", lambda: None)
        patch.setattr("affdyn_jax.from_python.use_cores_as_devices", lambda: None)
        for cell in cells_of("code"):
            if (value := value_of(cell, names)) is not None:
                shown.append(value)
            if "config" in names and "results" not in names:
                shrink(names["config"])
        plt.close("all")
        yield names, shown, folder


def test_it_leaves_a_run_and_shows_what_it_says(ran):
    names, shown, folder = ran
    assert (folder / "runs" / "notebook" / "report.html").exists()
    results, selection, ccc, config, model, rows, picture = shown
    assert results is names["results"]
    assert len(selection) == 4
    assert {"sweep.seeds", "training.max_epochs"} <= set(config.index)
    assert model._repr_html_() and picture._repr_svg_()
    assert list(rows) == ["arousal", "valence", "arousal_dynamics", "valence_dynamics"]
    # Of the lane that predicts, one of the seeds whose mean is in `selection`.
    lanes = names["results"].lanes
    lane = names["results"].run.facts.predicting_lanes["arousal"]
    of_lane = lanes[(lanes["lane"] == lane) & (lanes["dimension"] == "arousal")]
    state = of_lane[of_lane["target"] == "state"]["test_ccc"].item()
    assert ccc == pytest.approx(state, abs=6e-4)
    assert np.isfinite(ccc)


def test_it_is_kept_without_outputs():
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert notebook["nbformat"] == 4
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


def test_what_it_says_of_files_is_there():
    text = "\n".join(cells_of("markdown"))
    assert "(python.md)" in text
    assert (NOTEBOOK.parent / "python.md").exists()
