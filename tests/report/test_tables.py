import csv
import dataclasses
import io
from decimal import Decimal

import pandas as pd
import pytest

from affdyn_jax.report.document.blocks import Strong
from affdyn_jax.report.tables import comparison_table, network_table, selection_table, systems_table
from affdyn_jax.workdir.files import read_run

# As `selection.csv` has it, with numbers from the paper's Table 1 (MFB, RECOLA): arousal's best
# state is a tie at w = 0, valence's best state was trained on states alone.
SELECTION = """\
setup,hidden_size,w,dimension,target,seeds,dev_ccc,dev_ccc_ci,test_ccc,test_ccc_ci,\
seeds_w0,dev_ccc_w0,dev_ccc_ci_w0,test_ccc_w0,test_ccc_ci_w0,chosen
arousal,4,0.100000,arousal,dynamics,2,0.4,0.1,0.615000,0.1,1,0.3,0.1,0.350000,0.1,True
arousal,4,0.100000,arousal,state,2,0.4,0.1,0.798900,0.1,1,0.3,0.1,0.799200,0.1,True
multi,4,0.700000,arousal,dynamics,2,0.5,0.1,0.620000,0.1,1,0.3,0.1,0.168000,0.1,True
multi,4,0.000000,arousal,state,2,0.4,0.1,0.784000,0.1,1,0.3,0.1,0.768000,0.1,True
multi,8,0.500000,arousal,state,2,0.3,0.1,0.900000,0.1,1,0.3,0.1,0.900000,0.1,False
multi,4,1.000000,valence,dynamics,2,0.4,0.1,0.426000,0.1,1,0.3,0.1,-0.002000,0.1,True
multi,4,0.250000,valence,state,2,0.4,0.1,0.428000,0.1,1,0.3,0.1,0.439600,0.1,True
"""

# The columns that compare with w = 0, of the same rows.
COMPARISON = """\
test_ccc_low,test_ccc_high,test_ccc_low_w0,test_ccc_high_w0,difference,difference_low,\
difference_high,p_value,p_value_over_frames
0.5,0.7,0.3,0.4,0.265,0.2,0.3,0.000999,0.000999
0.7,0.9,0.7,0.9,-0.0003,-0.1,0.1,0.01,0.000999
0.5,0.7,0.1,0.2,0.452,0.4,0.5,0.000999,0.000999
0.7,0.9,0.7,0.9,,,,,
0.8,1.0,0.8,1.0,0.0,-0.1,0.1,0.9,0.8
0.3,0.5,-0.1,0.1,0.428,0.3,0.5,0.000999,0.000999
0.4,0.5,0.4,0.5,-0.0116,-0.02,0.01,0.3,0.04
"""


@pytest.fixture(scope="module")
def handmade_run(write_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("handmade") / "run"
    run = read_run(write_run(folder, weights=(0.0, 0.1, 0.25, 0.5, 0.7, 1.0)))
    halves = [pd.read_csv(io.StringIO(half)) for half in (SELECTION, COMPARISON)]
    selection = pd.concat(halves, axis=1)
    return dataclasses.replace(run, selection=selection)


def strong(cells):
    return [cell for cell in cells if isinstance(cell, Strong)]


def test_selection_is_laid_out_as_table_1(handmade_run):
    table = selection_table(handmade_run)
    assert table.columns == [
        ("Affect state", "mono"),
        ("Affect state", "multi"),
        ("Affect dynamics", "mono"),
        ("Affect dynamics", "multi"),
    ]
    assert "from the mfb features" in table.caption
    assert [(names, list(cells)) for names, cells in table.rows] == [
        (("Arousal", "CCC best w"), [".799", ".784", ".615", ".620"]),
        (("Arousal", "CCC w = 0"), [".799", ".768", ".350", ".168"]),
        (("Arousal", "best w"), ["0.1", "0.0", "0.1", "0.7"]),
        (("Arousal", "p"), [".010", "–", "< .001", "< .001"]),
        (("Valence", "CCC best w"), ["–", ".428", "–", ".426"]),
        (("Valence", "CCC w = 0"), ["–", ".440", "–", "-.002"]),
        (("Valence", "best w"), ["–", "0.25", "–", "1.0"]),
        (("Valence", "p"), ["–", ".300", "–", "< .001"]),
    ]


def test_best_state_and_best_dynamics_of_each_dimension_are_strong(handmade_run):
    rows = selection_table(handmade_run).rows
    assert [strong(cells) for _, cells in rows] == [
        [".799", ".620"],
        [".799"],
        [],
        [],
        [],  # valence's dynamics are those of one kind of models, with nothing to compete with
        [".440"],
        [],
        [],
    ]


def test_where_all_scores_read_alike_none_is_strong(handmade_run):
    selection = handmade_run.selection.assign(test_ccc=0.5004, test_ccc_w0=0.4996)
    rows = selection_table(dataclasses.replace(handmade_run, selection=selection)).rows
    assert [strong(cells) for _, cells in rows] == [[]] * 8


def test_untrained_dynamics_are_shown_but_never_the_best(handmade_run):
    selection = handmade_run.selection.copy()
    selection.loc[selection["target"] == "dynamics", "test_ccc_w0"] = 0.95
    rows = dict(selection_table(dataclasses.replace(handmade_run, selection=selection)).rows)
    assert rows["Arousal", "CCC w = 0"] == [".799", ".768", ".950", ".950"]
    assert strong(rows["Arousal", "CCC w = 0"]) == [".799"]
    assert strong(rows["Arousal", "CCC best w"]) == [".799", ".620"]


@pytest.mark.parametrize(
    ("p_value", "difference", "marked"),
    [(0.049, 0.01, True), (0.05, 0.01, False), (0.001, -0.01, False), (0.9, 0.2, False)],
)
def test_states_that_are_significantly_better_have_an_asterisk(
    handmade_run, p_value, difference, marked
):
    selection = handmade_run.selection.assign(p_value=p_value, difference=difference)
    table = selection_table(dataclasses.replace(handmade_run, selection=selection))
    rows = dict(table.rows)
    asterisk = "*" if marked else ""
    best = rows["Arousal", "CCC best w"]
    # Those of dynamics are not marked, as in the paper; a best state stays in bold.
    assert best == [f".799{asterisk}", f".784{asterisk}", ".615", ".620"]
    assert strong(best) == [f".799{asterisk}", ".620"]
    assert rows["Valence", "CCC best w"] == ["–", f".428{asterisk}", "–", ".426"]
    assert "*" not in "".join(rows["Arousal", "CCC w = 0"])
    assert "An asterisk marks" in table.caption


def test_unsmoothed_scores_have_a_line_where_dynamics_are_smoothed(handmade_run):
    plain = selection_table(handmade_run)
    scores = handmade_run.selection["test_ccc"] - 0.1
    selection = handmade_run.selection.assign(
        test_ccc_unsmoothed=scores.where(handmade_run.selection["target"] == "dynamics", 0.9)
    )
    table = selection_table(dataclasses.replace(handmade_run, selection=selection))
    rows = dict(table.rows)
    assert rows.pop(("Arousal", "unsmoothed")) == [".900", ".900", ".515", ".520"]
    assert rows.pop(("Valence", "unsmoothed")) == ["–", ".900", "–", ".326"]
    assert rows == dict(plain.rows)
    assert "The models learned the dynamics of smoothed states" in table.caption
    assert "smooth" not in plain.caption


def test_comparison_has_intervals_and_both_kinds_of_p(handmade_run):
    table = comparison_table(handmade_run)
    rows = dict(table.rows)
    assert list(rows) == [names for names, _ in network_table(handmade_run).rows]
    mono, multi = rows["Arousal", "mono", "4"], rows["Arousal", "multi", "4"]
    assert mono == [
        "0.1",
        ".799 [.700, .900]",
        ".799 [.700, .900]",
        ".000 [-.100, .100]",
        ".010",
        "< .001",
    ]
    assert multi == ["0.0", ".784 [.700, .900]", ".768 [.700, .900]", "–", "–", "–"]
    assert strong(multi) == multi
    assert strong(mono) == strong(rows["Arousal", "multi", "8"]) == []
    assert "In bold: the hidden size that is best on dev" in table.caption
    assert "with 6 test recordings no p can be below .031" in table.caption


def test_nothing_is_strong_where_nothing_was_chosen(handmade_run):
    """In runs of one hidden size every row is the best one."""
    selection = handmade_run.selection[handmade_run.selection["hidden_size"] == 4]
    run = dataclasses.replace(handmade_run, selection=selection)
    for table in (network_table(run), comparison_table(run)):
        assert not any(strong(cells) for _, cells in table.rows)
        assert "bold" not in table.caption


def test_selection_has_the_scores_of_the_file(run):
    """Every score of every chosen row stands in its cell, rounded as decimals are."""
    table = selection_table(run)
    cells = {
        (dimension, heading, column[0], column[1]): cell
        for (dimension, heading), row in table.rows
        for column, cell in zip(table.columns, row, strict=True)
    }
    with (run.workdir / "selection.csv").open(newline="") as file:
        chosen = [row for row in csv.DictReader(file) if row["chosen"] == "True"]
    assert len(chosen) == 8
    for row in chosen:
        place = (
            row["dimension"].title(),
            f"Affect {row['target']}",
            "multi" if row["setup"] == "multi" else "mono",
        )
        for heading, column in (("CCC best w", "test_ccc"), ("CCC w = 0", "test_ccc_w0")):
            rounded = f"{round(Decimal(row[column]), 3):.3f}"
            cell = cells[place[0], heading, *place[1:]].removesuffix("*")
            assert cell == rounded.replace("0.", ".", 1)
        assert float(cells[place[0], "best w", *place[1:]]) == float(row["w"])


def test_scores_are_of_dev_where_test_has_no_labels(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", test_labelled=False))
    chosen = run.selection[run.selection["chosen"]].set_index(["setup", "dimension", "target"])
    expected = chosen.loc[("multi", "valence", "state"), "dev_ccc"]
    table = selection_table(run)
    assert table.rows[3][1][1] == f"{expected:.3f}".lstrip("0")
    assert "CCC on dev" in table.caption
    assert {column for _, column in network_table(run).columns} == {
        "seeds",
        "w",
        "dev",
        "dev by recording",
        "dev r",
        "dev RMSE",
    }


def test_a_setup_that_the_run_lacks_has_no_columns(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", mono=()))
    assert {column[1] for column in selection_table(run).columns} == {"multi"}


def test_a_setup_whose_lanes_all_diverged_is_a_dash(write_run, tmp_path):
    diverging = [f"valence-h4-w{w}-seed{seed}" for w in ("0", "0.5", "1") for seed in range(3)]
    run = read_run(write_run(tmp_path / "run", diverging=diverging))
    mono = [cells[0] for _, cells in selection_table(run).rows]
    assert mono[4:] == ["–"] * 4
    assert "–" not in mono[:3]
    assert ("Valence", "mono", "4") not in [names for names, _ in network_table(run).rows]


def test_networks_come_with_intervals_and_the_chosen_ones_stand_out(handmade_run):
    table = network_table(handmade_run)
    assert [column for _, column in table.columns] == [
        "seeds",
        "w",
        "dev",
        "test",
        "test by recording",
        "test r",
        "test RMSE",
        "seeds",
        "test",
    ]
    rows = dict(table.rows)
    cells = rows["Arousal", "mono", "4"]
    assert cells[:4] == ["2", "0.1", ".400 ± .100", ".799 ± .100"]
    assert cells[7:] == ["1", ".799 ± .100"]
    assert strong(rows["Arousal", "multi", "4"]) == rows["Arousal", "multi", "4"]
    assert strong(cells) == strong(rows["Arousal", "multi", "8"]) == []
    assert [names for names, _ in table.rows] == [
        ("Arousal", "mono", "4"),
        ("Arousal", "multi", "4"),
        ("Arousal", "multi", "8"),
        ("Arousal dynamics", "mono", "4"),
        ("Arousal dynamics", "multi", "4"),
        ("Valence", "multi", "4"),
        ("Valence dynamics", "multi", "4"),
    ]


def test_other_measures_are_of_the_lanes_of_that_w(run):
    first = run.selection[
        (run.selection["setup"] == "multi")
        & (run.selection["hidden_size"] == 8)
        & (run.selection["dimension"] == "arousal")
        & (run.selection["target"] == "state")
    ].iloc[0]
    with (run.workdir / "lanes.csv").open(newline="") as file:
        lanes = [
            row
            for row in csv.DictReader(file)
            if row["lane"].startswith(f"multi-h8-w{first['w']:g}-")
            and (row["dimension"], row["target"]) == ("arousal", "state")
        ]
    assert len(lanes) == 3
    table = network_table(run)
    cells = dict(table.rows)["Arousal", "multi", "8"]
    for cell, column in zip(cells[4:7], ("ccc_per_recording", "pearson_r", "rmse"), strict=True):
        mean = sum(float(lane[f"test_{column}"]) for lane in lanes) / 3
        assert cell == f"{mean:.3f}".lstrip("0")
    assert "RMSE is on the scale of the ratings" in table.caption
    assert cells[2] == f"{first['dev_ccc']:.3f} ± {first['dev_ccc_ci']:.3f}".replace("0.", ".")


def test_runs_of_earlier_versions_have_neither_r_nor_rmse(run):
    older = run.pooled.drop(columns=["test_pearson_r", "test_rmse"])
    table = network_table(dataclasses.replace(run, pooled=older))
    assert [column for _, column in table.columns if "by recording" in column or "R" in column] == [
        "test by recording"
    ]
    assert "RMSE" not in table.caption
    assert all(len(cells) == len(table.columns) for _, cells in table.rows)


def test_systems_stand_beside_the_best_of_the_run(handmade_run):
    systems = pd.DataFrame(
        {
            "system": ["visual", "visual", "audio"],
            "dimension": ["arousal", "valence", "valence"],
            "dev_ccc": [0.1, 0.2, 0.9],
            "test_ccc": [0.7991, 0.3, -0.1],
        }
    )
    table = systems_table(handmade_run, systems)
    assert table.columns == [
        ("Arousal", "dev"),
        ("Arousal", "test"),
        ("Valence", "dev"),
        ("Valence", "test"),
    ]
    # Two arousal setups have the same dev CCC; the first one of the table is taken.
    assert table.rows == [
        (("this run",), [".400", ".799", ".400", ".428"]),
        (("visual",), [".100", ".799", ".200", ".300"]),
        (("audio",), ["–", "–", ".900", "-.100"]),
    ]
    assert [strong(cells) for _, cells in table.rows] == [
        [".400", ".799", ".428"],
        [".799"],
        [".900"],
    ]
