"""LaTeX against what one would type by hand."""

from affdyn_jax.report.document.blocks import Strong, Table
from experiments.paper.latex import latex

TABLE = Table(
    "CCC at best w, p < .05",
    corner=("Corpus", "", ""),
    columns=[("State", "MFB"), ("State", "W2V2"), ("Dynamics", "MFB"), ("Dynamics", "W2V2")],
    rows=[
        (("A_1", "Arousal", "best w"), [".5", Strong(".6*"), "-.011", "–"]),
        (("A_1", "Arousal", "w = 0"), [".4", ".5", Strong("-.1"), ".3"]),
        (("A_1", "Valence", "best w"), [".1", ".2", ".3", ".4"]),
        (("B & C", "Arousal", "best w"), [".1", ".2", ".3", ".4"]),
    ],
)


def test_a_table_of_two_blocks():
    assert latex(TABLE, "tab:x", "STAND-IN DATA") == (
        r"""\begin{table}
\centering
\caption{STAND-IN DATA: CCC at best $w$, p $<$ .05}
\label{tab:x}
\setlength{\tabcolsep}{3pt}
\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%
\begin{tabular}{llrrrr}
\toprule
 &  & \multicolumn{2}{c}{State} & \multicolumn{2}{c}{Dynamics} \\
\cmidrule(lr){3-4} \cmidrule(lr){5-6}
 &  & \multicolumn{1}{c}{MFB} & \multicolumn{1}{c}{W2V2} & \multicolumn{1}{c}{MFB} """
        r"""& \multicolumn{1}{c}{W2V2} \\
\midrule
\multicolumn{6}{l}{\textbf{A\_1}} \\
Arousal & best $w$ & .5 & \textbf{.6*} & $-$.011 & -- \\
 & $w$ = 0 & .4 & .5 & \textbf{$-$.1} & .3 \\
\addlinespace
Valence & best $w$ & .1 & .2 & .3 & .4 \\
\midrule
\multicolumn{6}{l}{\textbf{B \& C}} \\
Arousal & best $w$ & .1 & .2 & .3 & .4 \\
\bottomrule
\end{tabular}}
\end{table}
"""
    )


def test_no_mark_and_no_second_level():
    table = Table("c", ("Corpus", "Method"), [("Arousal",), ("Valence",)], [(("A", "b"), "12")])
    text = latex(table, "tab:y", "")
    assert r"\caption{c}" in text
    assert "cmidrule" not in text
    heading = r"Method & \multicolumn{1}{c}{Arousal} & \multicolumn{1}{c}{Valence} \\"
    assert heading in text


def test_what_latex_would_take_for_markup_is_text():
    table = Table("100 % of {x}_y^z ~ \\ # $", ("", ""), [("a",)], [(("b", "c"), ["±"])])
    text = latex(table, "l", "")
    assert (
        r"\caption{100 \% of \{x\}\_y\textasciicircum{}z \textasciitilde{} "
        r"\textbackslash{} \# \$}"
    ) in text
    assert r"c & $\pm$ \\" in text
