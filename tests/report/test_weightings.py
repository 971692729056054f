"""Rules beside fixed w, on made-up numbers: states differ significantly, dynamics do not."""

import pytest

from affdyn_jax.report.contents import contents
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.weightings import verdict, weightings_table


def test_verdicts_are_counted_by_target(swept_run):
    table = swept_run.weightings
    states = table[table["target"] == "state"]
    better = (states["difference_best"] > 0).sum()
    text = verdict(swept_run, table).text
    assert len(states) == 16 and 0 < better < 16
    assert (
        f"States by a rule were better than at the best fixed w in {better} of 16 comparisons, and "
        f"worse in {16 - better}."
    ) in text
    assert (
        "Dynamics by a rule were better than at w = 0 in 0 of 16 comparisons, and worse in 0."
    ) in text
    assert text.endswith("permutation test over groups, not corrected for the number of tests.")


def test_a_row_for_each_network_and_rule(swept_run):
    table = weightings_table(swept_run, swept_run.weightings)
    assert table.corner == ("Task", "Setup", "H", "learning rate", "Rule")
    assert len(table.rows) == 32
    names, cells = table.rows[1]
    assert names == ("Arousal", "mono", "4", "0.0006", "dwa")
    row = swept_run.weightings[
        (swept_run.weightings["setup"] == "arousal")
        & (swept_run.weightings["target"] == "state")
        & (swept_run.weightings["weighting"] == "dwa")
        & (swept_run.weightings["learning_rate"] == 6e-4)
    ].iloc[0]
    assert float(cells[0]) == pytest.approx(row["dev_ccc"], abs=6e-4)
    assert cells[1].startswith(f"{row['test_ccc']:.3f}".lstrip("0"))
    assert float(cells[6]) == pytest.approx(row["test_ccc_w0"], abs=6e-4)
    assert cells[5] == cells[8] == ".010"


def test_the_section_stands_only_where_rules_moved_w(swept_run, document):
    titles = [section.heading for section in document.sections]
    assert not {"Rules that move w", "CCC against settings"} & set(titles)
    swept = contents(swept_run)
    assert {"Rules that move w", "CCC against settings"} <= {s.heading for s in swept.sections}
    assert "w by epoch where a rule moves it" in markdown(swept)
