"""The figures of the paper's Tables 1 and 2, from `paper_results.csv`.

Each figure has its place there: the table, and the headings of its row and column.
"""

from pathlib import Path

import pandas as pd

_FILE = Path(__file__).with_name("paper_results.csv")

BEST_W, W0, W = "CCC best w", "CCC w = 0", "best w"  # Table 1's rows for each dimension

_KINDS = {
    **dict.fromkeys(("corpus", "method", "dimension", "quantity", "target", "setup"), str),
    **{"table": int, "features": str, "printed": str, "bold": bool, "asterisk": bool},
}


def paper_table(number: int) -> pd.DataFrame:
    """The figures of Table 1 or 2, a row each, in the order of print.

    Returns:
        `corpus`, `method` (Table 2), `dimension`, `quantity` (`BEST_W`, `W0` or `W`; `CCC` in
        Table 2), `target`, `setup` and `features` (Table 1), the figure as `printed` and its
        `value`, and whether it is in `bold` and has an `asterisk`.
    """
    results = pd.read_csv(_FILE, dtype=_KINDS, keep_default_na=False)
    figures = results[results["table"] == number].drop(columns="table")
    return figures.assign(value=figures["printed"].astype(float)).reset_index(drop=True)
