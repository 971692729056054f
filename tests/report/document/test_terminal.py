from rich.console import Console

from affdyn_jax.report.document.blocks import Strong, Table
from affdyn_jax.report.document.terminal import print_table, terminal_table


def test_a_table_of_two_levels():
    table = Table(
        "What it shows",
        corner=("", ""),
        columns=[("State", "mono"), ("State", "multi")],
        rows=[
            (("Arousal", "best [w]"), [".500", Strong(".600*")]),
            (("Arousal", "w = 0"), [".400", "–"]),
            (("Valence", "best [w]"), [".100", ".200"]),
        ],
    )
    console = Console(width=80, force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(terminal_table(table))
    told = captured.get()
    assert "\x1b[1m.600*" in told
    assert "\x1b[1m.500" not in told
    cells = [
        line.split() for line in told.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    ]
    assert [words for words in cells if words and not words[0].startswith("─")] == [
        ["State", "State"],
        ["mono", "multi"],
        ["Arousal", "best", "[w]", ".500", ".600*"],
        ["w", "=", "0", ".400", "–"],
        ["Valence", "best", "[w]", ".100", ".200"],
    ]


def test_narrow_terminals_break_headings_but_neither_names_nor_numbers():
    table = Table(
        "What it shows",
        corner=("", ""),
        columns=[("Affect dynamics", "mono"), ("Affect dynamics", "multi")],
        rows=[(("Arousal", "CCC best w"), ["-.500", ".600*"])],
    )
    for width in (10, 40):
        console = Console(width=width)
        with console.capture() as captured:
            print_table(console, table)
        lines = [line.split() for line in captured.get().splitlines()]
        assert (["Affect", "Affect"] in lines) == (width == 40)
        assert ["Arousal", "CCC", "best", "w", "-.500", ".600*"] in lines
