"""The cells of Table 1, from runs of made-up numbers."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from affdyn_jax.config import Settings
from affdyn_jax.errors import RunError
from affdyn_jax.method.tasks import MULTI
from affdyn_jax.workdir.files import read_run
from experiments.paper.grid_results import corpus_title, heading, read_cells, write_cells
from experiments.paper.paper_grid import GridRun


def grid_run(folder, features="MFB", model=""):
    return GridRun(Path(folder), features, model, Settings())


@pytest.fixture(scope="module")
def found(write_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    standin, mine = (
        read_run(write_run(folder / name, corpus=name, is_standin=name.endswith("stand-in")))
        for name in ("SEWA DE stand-in", "mine")
    )
    every_difference_counts = mine.selection.assign(p_value=0.01)
    return [standin, dataclasses.replace(mine, selection=every_difference_counts)]


@pytest.fixture
def cells(found, tmp_path):
    return write_cells(tmp_path, [grid_run("a/mfb"), grid_run("b/w2v2_x", "W2V2", "x")], found)


def test_a_cell_has_what_the_run_selected(cells, found):
    assert len(cells) == 2 * 2 * 3 * 2 * 2  # corpora, dimensions, quantities, targets, setups
    for corpus, run in zip(("SEWA DE stand-in", "mine"), found, strict=True):
        for row in run.selection[run.selection["chosen"]].itertuples():
            place = {
                "corpus": corpus,
                "dimension": row.dimension,
                "target": row.target,
                "setup": "multi-dimensional" if row.setup == MULTI else "mono-dimensional",
            }
            same = (cells[list(place)] == pd.Series(place)).all(axis=1)
            cell = cells[same].set_index("quantity")
            assert cell.loc["CCC best w", "value"] == pytest.approx(row.test_ccc, abs=1e-6)
            assert cell.loc["CCC w = 0", "value"] == pytest.approx(row.test_ccc_w0, abs=1e-6)
            assert cell.loc["best w", "value"] == row.w
            assert (cell["hidden_size"] == row.hidden_size).all()
            improved = row.target == "state" and row.p_value < 0.05 and row.difference > 0
            assert list(cell["asterisk"]) == [improved, False, False]
    assert cells["asterisk"].any()
    assert list(cells["run"].unique()) == ["a/mfb", "b/w2v2_x"]


def test_names_that_look_like_missing_values_are_names(write_run, tmp_path):
    folder = write_run(tmp_path / "run", corpus="NA", dimensions=("nan", "true"))
    cells = write_cells(tmp_path, [grid_run("null", "W2V2", "None")], [read_run(folder)])
    assert set(cells["corpus"]) == {"NA"}
    assert set(cells["dimension"]) == {"nan", "true"}
    assert set(cells["model"]) == {"None"}
    assert set(cells["run"]) == {"null"}


def test_the_papers_figure_stands_beside_a_corpus_of_its_name(cells):
    of_paper = cells[cells["paper"].notna()]
    assert list(of_paper["corpus"].unique()) == ["SEWA DE stand-in"]
    arousal = of_paper[(of_paper["dimension"] == "arousal") & (of_paper["target"] == "state")]
    multi = arousal[arousal["setup"] == "multi-dimensional"].set_index("quantity")
    assert list(multi["paper"]) == [".285", ".285", "0.0"]
    expected = multi["value"] - [0.285, 0.285, 0.0]
    assert multi["difference"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)


def test_scores_of_dev_are_not_compared_with_the_papers_of_test(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", corpus="SEWA DE", test_labelled=False))
    cells = write_cells(tmp_path, [grid_run("run")], [run])
    assert (cells["partition"] == "dev").all()
    chosen = run.selection[run.selection["chosen"]]
    assert sorted(cells[cells["quantity"] == "CCC best w"]["value"]) == pytest.approx(
        sorted(chosen["dev_ccc"])
    )
    assert cells["paper"].notna().all()
    assert cells["difference"].isna().all()
    assert corpus_title(cells) == "SEWA DE, dev"


def test_what_is_written_is_read(cells, tmp_path):
    pd.testing.assert_frame_equal(read_cells(tmp_path), cells)
    assert [heading(*names) for names in (("MFB", ""), ("W2V2", "base"))] == ["MFB", "W2V2 base"]
    assert corpus_title(cells) == "SEWA DE stand-in (STAND-IN DATA)"


def test_what_is_not_there_is_reported(tmp_path, cells):
    with pytest.raises(RunError, match=r"table1\.csv: missing; --workdir takes the folder"):
        read_cells(tmp_path / "nowhere")
    cells.drop(columns="setup").to_csv(tmp_path / "table1.csv", index=False)
    with pytest.raises(RunError, match=r"table1\.csv:1: no column 'setup'"):
        read_cells(tmp_path)
    (tmp_path / "table1.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunError, match="cannot be read as a table"):
        read_cells(tmp_path)


def test_setups_whose_lanes_all_diverged_have_no_cells(found, tmp_path):
    selection = found[0].selection[found[0].selection["setup"] != "valence"]
    cells = write_cells(
        tmp_path, [grid_run("a")], [dataclasses.replace(found[0], selection=selection)]
    )
    assert len(cells) == 12 + 6
