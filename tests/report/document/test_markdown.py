import re

from affdyn_jax.report.document.blocks import (
    Document,
    Facts,
    Folded,
    Paragraph,
    Section,
    Strong,
    Table,
    Warnings,
)
from affdyn_jax.report.document.markdown import markdown


def test_table_of_two_levels():
    table = Table(
        "What it shows",
        corner=("", ""),
        columns=[("State", "mono"), ("State", "multi")],
        rows=[
            (("Arousal", "best w"), [".500", Strong(".600")]),
            (("Arousal", "w = 0"), [".400", "–"]),
            (("Valence", "best w"), [".100", ".200"]),
        ],
    )
    assert markdown(Document("Title", "", [Section("Scores", [table])])) == (
        "# Title\n\n## Scores\n\n*What it shows*\n\n"
        "|  |  | State, mono | State, multi |\n"
        "| :-- | :-- | --: | --: |\n"
        "| Arousal | best w | .500 | **.600** |\n"
        "|  | w = 0 | .400 | – |\n"
        "| Valence | best w | .100 | .200 |\n"
    )


def test_names_cannot_break_the_markup():
    blocks = [
        Paragraph("a|b *c* <d>"),
        Warnings(["[e](f)"]),
        Facts([("g", "`h`")]),
        Folded("*more*", [Paragraph("e*f")]),
    ]
    text = markdown(Document("i\\j", "", [Section("s", blocks)]))
    assert text == (
        "# i\\\\j\n\n## s\n\na\\|b \\*c\\* \\<d\\>\n\n"
        "- **Warning:** \\[e\\](f)\n\n- **g:** \\`h\\`\n\n### \\*more\\*\n\ne\\*f\n"
    )


def test_every_figure_is_shown(document):
    shown = re.findall(r"!\[.+\]\(<figures/(.+)\.svg>\)", markdown(document))
    drawings = [*document.pictures, *document.charts]
    assert sorted(shown) == sorted(drawing.name for drawing in drawings)
    assert len(shown) == 9  # two kinds of models, six recordings, the training


def test_standin_data_is_marked_in_the_title_and_in_each_picture(standin_document):
    text = markdown(standin_document)
    title, *_ = text.splitlines()
    alternatives = re.findall(r"!\[(.+?)\]", text)
    assert len(alternatives) == 9
    for marked in (title.removeprefix("# "), *alternatives):
        assert marked.startswith("STAND-IN DATA: ")
    assert text.count("STAND-IN") == 1 + 9
    assert "- **Warning:** Audio and annotations were generated" in text


def test_real_data_is_not_marked(document):
    assert "STAND-IN" not in markdown(document)
