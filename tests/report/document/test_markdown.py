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


def test_standin_data_is_marked_everywhere(standin_document):
    text = markdown(standin_document)
    headings = re.findall(r"^##? (.*)$", text, re.MULTILINE)
    captions = re.findall(r"^\*(?!\*)(.*)\*$", text, re.MULTILINE)
    alternatives = re.findall(r"!\[(.+?)\]", text)
    assert len(headings) == 8
    assert len(captions) == 11  # seven tables, three figures, a gallery
    assert len(alternatives) == 9
    for marked in (*headings, *captions, *alternatives):
        assert marked.startswith("STAND-IN DATA: ")
    assert "- **Warning:** STAND-IN DATA" in text


def test_real_data_is_not_marked(document):
    assert "STAND-IN" not in markdown(document)
