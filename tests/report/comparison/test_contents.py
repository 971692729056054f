import io
import re

import pytest
from rich.console import Console

from affdyn_jax.config import with_defaults
from affdyn_jax.report.comparison.contents import Comparison
from affdyn_jax.report.document.blocks import Strong
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.document.page import page
from affdyn_jax.report.document.terminal import terminal_table


@pytest.fixture
def compare(scored):
    def of(*folders):
        runs = scored(*folders)
        return Comparison(
            runs, {name: with_defaults(one.run.config, name) for name, one in runs.items()}
        )

    return of


def tables_of(document):
    """The tables of a document by the first words of their captions."""
    blocks = [block for section in document.sections for block in section.blocks]
    return {block.caption.split(".")[0]: block for block in blocks if hasattr(block, "rows")}


def cells(table):
    return {names: list(row) for names, row in table.rows}


def test_the_page_has_fields_that_differ_scores_and_models(first, other, set_config, compare):
    second = other()
    set_config(second, training={"patience": 20}, corpus={"root": "/home/someone/sewa"})
    comparison = compare(first, second)
    tables = tables_of(comparison.document())
    assert list(tables) == [
        "The runs",
        "CCC",
        "The setup, hidden size H and w of each run with the highest mean CCC on dev: mean over "
        "seeds, ± half the width of its 95 % interval over seeds, and on test also the interval "
        "of a bootstrap over recordings (or groups of them)",
        "Config fields that differ",
    ]
    assert cells(tables["Config fields that differ"]) == {
        ("corpus.root",): ["–", "…/sewa"],
        ("training.patience",): ["10", "20"],
    }
    scores = cells(tables["CCC"])
    assert list(scores)[:2] == [("Arousal", "a"), ("Arousal", "b")]
    assert len(scores) == 8
    assert scores["Arousal", "a"][2:] == ["–", "–", "–"]
    row = comparison.table.iloc[1]
    told = re.fullmatch(r"(\S+) \[(\S+), (\S+)\]", scores["Arousal", "b"][2])
    numbers = [float(number) for number in told.groups()]
    columns = ("difference", "difference_low", "difference_high")
    assert numbers == pytest.approx([row[column] for column in columns], abs=5e-4)
    text = markdown(comparison.document())
    assert "someone" not in text + page(comparison.document())
    assert "nan" not in text.lower()


def test_significant_differences_are_strong(first, other, compare):
    comparison = compare(first, other())
    significant = comparison.table.assign(p_corrected=0.049)
    comparison.__dict__["table"] = significant
    of_b = cells(tables_of(comparison.document())["CCC"])["Arousal", "b"]
    assert [isinstance(cell, Strong) for cell in of_b] == [False, False, True, True, True]
    comparison.__dict__["table"] = significant.assign(p_corrected=0.05)
    of_b = cells(tables_of(comparison.document())["CCC"])["Arousal", "b"]
    assert not any(isinstance(cell, Strong) for cell in of_b)


def test_the_same_config(first, other, compare):
    comparison = compare(first, other())
    assert "All runs have the same config." in markdown(comparison.document())
    assert len(comparison.short_tables) == 1


def test_notes_say_what_cannot_be_told(first, other, write_run, compare, tmp_path):
    comparison = compare(first, other())
    assert comparison.notes == [
        "With 6 test recordings and 4 tests no corrected p can be below .125, so no difference "
        "can be significant."
    ]
    options = {"mono": (), "multi": (4,), "frames": 40, "test_recordings": 5}
    generated = write_run(tmp_path / "generated", is_standin=True, **options)
    comparison = compare(first, generated)
    assert comparison.is_standin
    assert comparison.notes == [
        "Trained on a generated corpus: generated. Such scores say nothing about people.",
        "generated is not tested for arousal, arousal dynamics, valence and valence dynamics: "
        "test sets differ: 1 recording in one of them alone, e.g. 'Test_06'.",
    ]
    assert "STAND-IN DATA" in page(comparison.document()).split("</h1>")[0]
    assert "not tested for arousal" in markdown(comparison.document())


def test_runs_that_share_some_frames_only(first, other, compare):
    second = other()
    for kind in ("predictions", "gold_standard"):
        path = second / kind / "test" / "Test_02.csv"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-20]))
    # Of dynamics 35 frames in each of six recordings have a gold standard, 20 less of one.
    assert f"b is tested on {100 * 190 // 210} % of its frames" in compare(first, second).notes[0]


def test_three_runs_fit_eighty_columns(first, other, set_config, compare):
    second = other("a_run_with_quite_a_long_name")
    set_config(second, training={"patience": 20})
    comparison = compare(first, second, other("c", 0.5))
    console = Console(file=io.StringIO(), width=80)
    for table in comparison.short_tables:
        console.print(terminal_table(table))
    shown = console.file.getvalue()
    assert max(map(len, shown.splitlines())) <= 80
    assert "training.patience" in shown
    for row in comparison.table.itertuples():
        # No interval is broken, whatever the names.
        assert re.search(rf"{row.ccc:.3f} \[".replace("0.", r"\."), shown)
