"""Tables of several corpora."""

import pytest

from affdyn_jax.report.contents import contents
from affdyn_jax.report.subsets import corpora_table, subset_tables
from affdyn_jax.workdir.files import read_run


@pytest.fixture(scope="module")
def across(write_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("across") / "run"
    return read_run(write_run(folder, seeds=(0, 1), multi=(4,), mono=(4,), frames=8, corpora=True))


def test_each_corpus_has_what_it_gives(across):
    table = corpora_table(across.facts)
    assert [name for (name,) in table.columns] == [
        *("train", "dev", "test", "language", "ratings", "raters agree")
    ]
    assert table.rows == [
        (("German",), ["6", "3", "4", "German", "-1 to 1", "arousal .400"]),
        (("Hungarian",), ["0", "0", "2", "–", "1 to 9", "–"]),
    ]


def test_each_corpus_has_the_scores_of_the_best_models(across):
    (table,) = subset_tables(across)
    assert "Nothing of Hungarian was trained on." in table.caption
    assert table.columns == [
        *(("Best w", "w"), ("Best w", "dev"), ("Best w", "test"), ("w = 0", "test"))
    ]
    assert [names[0] for names, _ in table.rows] == ["German"] * 8 + ["Hungarian"] * 8
    best = across.selection[across.selection["chosen"]].set_index(["setup", "dimension", "target"])
    row = best.loc["multi", "arousal", "state"]
    cells = dict(table.rows)["Hungarian", "Arousal", "multi"]
    half = f"{row['test_ccc'] / 2:.3f}"
    assert cells[1] == "–"
    assert cells[2].startswith(half.removeprefix("0"))
    assert cells[2].count(",") == 1 and "[" in cells[2]


def test_only_a_run_of_several_has_them(run, across, quick_figures):
    assert subset_tables(run) == []

    def captions(found):
        return [
            block.caption
            for section in contents(found).sections
            for block in section.blocks
            if hasattr(block, "caption")
        ]

    assert sum("Scores on each corpus" in caption for caption in captions(across)) == 1
    assert sum("recordings of each corpus" in caption for caption in captions(across)) == 1
    assert not any("each corpus" in caption for caption in captions(run))
