"""The rows of `benchmarks.sweep` as tables in Markdown."""

import itertools

from experiments.benchmarks.sweep_programs import IN_TURN

_HEAD = """\
| program | step, ms | ratio | dev pass, ms | epoch, s | ratio | memory, MiB | CCC differs by |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


def document(machine: str, rows: list[dict]) -> str:
    """The machine and a table for each geometry, hidden size and number of lanes."""

    def case(row: dict) -> tuple:
        return row["geometry"], row["hidden"], row["lanes"]

    tables = (table(list(of_case)) for _, of_case in itertools.groupby(rows, case))
    return "\n".join([machine, "", *tables])


def table(rows: list[dict]) -> str:
    """The rows of one case, which is their heading; what was scaled is marked."""
    first = rows[0]
    lines = [f"**{first['geometry']}, H = {first['hidden']}, {first['lanes']} lanes**", "", _HEAD]
    lines += [_line(row) for row in rows]
    scaled = [row for row in rows if row["timed_lanes"] < row["lanes"]]
    if scaled:
        named = ", ".join(f"{row['program']} from {row['timed_lanes']}" for row in scaled)
        lines += ["", f"\\* scaled to {first['lanes']} lanes: {named}. Memory is that of these."]
    return "\n".join([*lines, ""])


def _line(row: dict) -> str:
    mark = "\\*" if row["timed_lanes"] < row["lanes"] else ""
    cells = [
        row["program"] + mark,
        f"{row['step_ms']:.2f}",
        _or_nothing(row[f"ratio_to_{IN_TURN}"]),
        f"{row['dev_ms']:.2f}",
        f"{row['epoch_ms'] / 1e3:.2f}",
        _or_nothing(row[f"epoch_ratio_to_{IN_TURN}"]),
        _or_nothing(row["peak_mib"]),
        f"{row['ccc_difference']:.0e}",
    ]
    return f"| {' | '.join(cells)} |"


def _or_nothing(value: float | None) -> str:
    return "" if value is None else str(value)
