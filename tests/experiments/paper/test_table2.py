"""Table 2 from what Table 1 left."""

import re

import pandas as pd
import pytest

from affdyn_jax.errors import RunError
from experiments.paper.grid_results import best_systems, read_cells
from experiments.paper.paper_results import paper_table
from experiments.paper.table2 import beside_published, table2


@pytest.fixture(scope="module")
def written(finished_grid):
    table2(finished_grid)
    return finished_grid


def test_published_figures_stand_first_and_ours_are_those_of_table_1(written):
    scores = pd.read_csv(written / "table2.csv")
    ours = scores["method"].str.startswith("affdyn_jax")
    published = paper_table(2)
    assert list(scores[~ours]["ccc"]) == list(published["value"])
    methods = published["method"].str.replace("Ours", "Zhang et al. 2025")
    assert list(scores[~ours]["method"]) == list(methods)
    assert list(scores[ours]["method"].unique()) == [
        "affdyn_jax, W2V2 base + MTL-GRU (best w)",
        "affdyn_jax, W2V2 large + MTL-GRU (best w)",
        "affdyn_jax, W2V2 + MTL-GRU (best w)",
    ]
    for run, of_run in best_systems(written).groupby("run", sort=False):
        selection = pd.read_csv(written / run / "selection.csv")
        multi = selection[(selection["setup"] == "multi") & (selection["target"] == "state")]
        assert list(of_run["value"]) == list(multi["test_ccc"])
    assert list(scores[ours]["ccc"]) == list(best_systems(written)["value"])


def test_it_says_that_the_data_were_generated(written):
    assert (written / "table2.md").read_text().startswith("# STAND-IN DATA: Table 2\n")
    assert "STAND-IN DATA: CCC of affect states" in (written / "table2.tex").read_text()
    assert r"\textbf{RECOLA (FR) stand-in (STAND-IN DATA)}" in (written / "table2.tex").read_text()


def test_the_best_of_each_corpus_and_dimension_is_strong(written):
    """On stand-ins after two epochs that is what the paper prints in bold."""
    strong = re.findall(r"\\textbf\{(\.\d+)\}", (written / "table2.tex").read_text())
    bold = paper_table(2)
    assert strong == list(bold["printed"][bold["bold"]])


def test_a_corpus_that_the_paper_lacks_stands_alone(written):
    ours = best_systems(written)
    german = ours[ours["corpus"] == "SEWA DE stand-in"].assign(corpus="mine", is_standin=False)
    scores = beside_published(german)
    assert list(scores["corpus"]) == ["mine"] * 2
    assert list(scores["method"].unique()) == ["affdyn_jax, W2V2 + MTL-GRU (best w)"]


def test_without_w2v2_there_is_no_table_2(finished_grid, tmp_path):
    cells = read_cells(finished_grid)
    cells[cells["features"] != "W2V2"].to_csv(tmp_path / "table1.csv", index=False)
    with pytest.raises(RunError, match="has no multi-dimensional models of W2V2"):
        table2(tmp_path)
