r"""A table as LaTeX, for a document that uses `booktabs` and `graphicx`."""

import re

from affdyn_jax.report.document.blocks import Strong, Table, spans

_SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"<": "$<$", ">": "$>$", "–": "--", "±": r"$\pm$"},
}


def latex(table: Table, label: str, mark: str) -> str:
    """The table as a float, with a heading for each of the rows' first names.

    Args:
        table: Its rows have at least two names.
        label: To refer to it by.
        mark: The beginning of the caption; empty for none.
    """
    name_count, column_count = len(table.corner) - 1, len(table.columns)
    caption = f"{mark}: {table.caption}" if mark else table.caption
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_text(caption)}}}",
            rf"\label{{{label}}}",
            r"\setlength{\tabcolsep}{3pt}",
            # No wider than the page, and not stretched to it.
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{'l' * name_count}{'r' * column_count}}}",
            r"\toprule",
            *_heading(table),
            *_body(table),
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
            "",
        ]
    )


def _heading(table: Table) -> list[str]:
    """The columns' headings, level by level, with rules under those that span several."""
    names, counts = table.corner[1:], spans(table.columns)
    level_count = len(table.columns[0])
    lines = []
    for level in range(level_count):
        is_last = level == level_count - 1
        fields, rules = [_text(name) if is_last else "" for name in names], []
        for index, (column, count) in enumerate(zip(table.columns, counts, strict=True)):
            if count[level]:
                first = len(names) + index + 1
                fields.append(rf"\multicolumn{{{count[level]}}}{{c}}{{{_text(column[level])}}}")
                rules.append(rf"\cmidrule(lr){{{first}-{first + count[level] - 1}}}")
        lines.append(_line(fields))
        if not is_last:
            lines.append(" ".join(rules))
    return lines


def _body(table: Table) -> list[str]:
    field_count = len(table.corner) - 1 + len(table.columns)
    names_of_rows = [names for names, _ in table.rows]
    lines = []
    for (names, cells), counts in zip(table.rows, spans(names_of_rows), strict=True):
        if counts[0]:
            title = rf"\textbf{{{_text(names[0])}}}"
            lines += [r"\midrule", _line([rf"\multicolumn{{{field_count}}}{{l}}{{{title}}}"])]
        elif len(names) > 2 and counts[1]:
            lines.append(r"\addlinespace")
        shown = [
            _text(name) if count else "" for name, count in zip(names[1:], counts[1:], strict=True)
        ]
        lines.append(_line([*shown, *(_cell(cell) for cell in cells)]))
    return lines


def _line(fields: list[str]) -> str:
    return rf"{' & '.join(fields)} \\"


def _cell(cell: str) -> str:
    text = re.sub(r"^-(?=[.\d])", "$-$", _text(cell))
    return rf"\textbf{{{text}}}" if isinstance(cell, Strong) else text


def _text(text: str) -> str:
    """Text escaped so that LaTeX finds no markup in it, with w set as in the paper."""
    escaped = "".join(_SPECIAL.get(character, character) for character in text)
    return re.sub(r"\bw\b", "$w$", escaped)
