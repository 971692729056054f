"""Tables of ratings as users have them: those that load, with masks or not, and those refused.

Every one holds one second of the same ratings, at 10 Hz unless its name says otherwise, which are
those of `STATES` on the grid.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

TIMES = [f"{sample / 10:.1f}" for sample in range(10)]
AROUSAL = [f"{sample / 10:.1f}" for sample in range(10)]
VALENCE = [f"{-sample / 20:.2f}" for sample in range(10)]

# Means of samples 0 to 2, 3 and 4, 5 to 7, 8 and 9.
STATES = np.array([[0.1, -0.05], [0.35, -0.175], [0.6, -0.3], [0.85, -0.425]])


@dataclasses.dataclass(frozen=True)
class Files:
    """The files of recording `anna`, and how the manifest and the config name them.

    Another recording has the same ones, with `ben` in place of `anna`.
    """

    contents: Mapping[str, str]
    cells: Mapping[str, str]
    config: Mapping[str, object]
    encoding: str = "utf-8"


def one_file(content, *, encoding="utf-8", name="anna.csv", **config):
    return Files({name: content}, {"ratings": name}, config, encoding)


def table(separator, *columns, newline="\n"):
    """A table of columns, each its name and its values."""
    return newline.join(map(separator.join, zip(*columns, strict=True))) + newline


def column(name, values):
    return [name, *values]


def comma(values):
    return [value.replace(".", ",") for value in values]


def quoted(values, quote='"'):
    return [f"{quote}{value}{quote}" for value in values]


def scaled(values, factor, offset=0.0):
    return [f"{float(value) * factor + offset:g}" for value in values]


PLAIN = table(";", column("time", TIMES), column("arousal", AROUSAL), column("valence", VALENCE))
NAMES = column("name", ["anna"] * 10)
MS = [f"{100 * sample}" for sample in range(10)]
TIME, A, V = column("time", TIMES), column("arousal", AROUSAL), column("valence", VALENCE)
BY_RATER = table(
    ",",
    *(TIME, column("Arousal FM1", scaled(AROUSAL, 1, 0.1))),
    *(column("Arousal FM2", scaled(AROUSAL, 1, -0.1)), column("Valence FM1", VALENCE)),
    column("Valence FM2", VALENCE),
)


def of_raters(separator, *offsets):
    """A file of one dimension for each offset, as if each were a rater."""
    return {
        f"anna_{rater}.csv": table(
            separator, TIME, column("arousal", scaled(AROUSAL, 1, offset)), V
        )
        for rater, offset in enumerate(offsets, start=1)
    }


def without(content, *lines):
    """A table without some of its rows, the first one being 1."""
    return "".join(
        row for line, row in enumerate(content.splitlines(keepends=True)) if line not in lines
    )


def masked(*frames, columns=(0, 1)):
    states = STATES.copy()
    states[np.ix_(frames, columns)] = np.nan
    return states


LOADS = {
    "AVEC's": one_file(
        table(";", column("name", quoted(NAMES[1:], "'")), column("timestamp", TIMES), A, V)
    ),
    "openSMILE's time": one_file(table(";", NAMES, column("frameTime", TIMES), A, V)),
    "commas": one_file(table(",", TIME, A, V)),
    "tabs": one_file(table("\t", TIME, A, V)),
    "decimal commas": one_file(table(";", *map(comma, (TIME, A, V)))),
    "decimal commas and tabs": one_file(table("\t", *map(comma, (TIME, A, V)))),
    "decimal commas in quotes": one_file(table(",", *map(quoted, map(comma, (TIME, A, V))))),
    "all quoted, as R writes": one_file(table(",", *map(quoted, (TIME, A, V)))),
    "pandas with its index": one_file(table(",", column("", map(str, range(10))), TIME, A, V)),
    "capitals, blanks and another order": one_file(
        table(" ; ", column("Valence", VALENCE), column("AROUSAL", AROUSAL), column(" Time", TIMES))
    ),
    "byte order mark, as Excel writes": one_file(PLAIN, encoding="utf-8-sig"),
    "UTF-16, as Excel writes": one_file(table("\t", TIME, A, V), encoding="utf-16"),
    "line ends of Windows": one_file(PLAIN.replace("\n", "\r\n")),
    "line ends of old Macs": one_file(PLAIN.replace("\n", "\r")),
    "no last line end": one_file(PLAIN.rstrip("\n")),
    "blank rows of a spreadsheet": one_file(PLAIN + ";;\n;;\n\n"),
    "text and numbers besides": one_file(
        table(
            ";",
            *(column("comment", ["laughs", *[""] * 9]), A, column("frame", MS), TIME),
            *(column("speaker", ["anna"] * 10), V),
        )
    ),
    "seconds": one_file(table(",", column("Seconds", TIMES), A, V)),
    "milliseconds, by the header": one_file(table(",", column("Time (ms)", MS), A, V)),
    "milliseconds, by another header": one_file(table(",", column("time_ms", MS), A, V)),
    "milliseconds, by the audio": one_file(table(",", column("timestamp", MS), A, V)),
    "exponents": one_file(
        table(",", TIME, column("arousal", [f"{float(v):.3e}" for v in AROUSAL]), V)
    ),
    "0 to 1": one_file(
        table(";", TIME, *(column(c[0], scaled(c[1:], 0.5, 0.5)) for c in (A, V))),
        rating_range=(0.0, 1.0),
    ),
    "1 to 9": one_file(
        table(";", TIME, *(column(c[0], scaled(c[1:], 4, 5)) for c in (A, V))),
        rating_range=(1.0, 9.0),
    ),
    "-100 to 100": one_file(
        table(";", TIME, *(column(c[0], scaled(c[1:], 100)) for c in (A, V))),
        rating_range=(-100.0, 100.0),
    ),
    "a column for each rater": one_file(
        BY_RATER, rater_columns="{dimension} *", gold_standard="mean"
    ),
    "a file for each rater": Files(
        of_raters(",", 0.1, 0, -0.1), {"ratings": "anna_*.csv"}, {"gold_standard": "mean"}
    ),
    "a file for each dimension, at other times": Files(
        {
            "a/anna.csv": table(",", TIME, A),
            "v/anna.csv": table(
                "\t",
                column("time", [f"{sample / 10 + 0.03:.2f}" for sample in range(10)]),
                column("rating", VALENCE),
            ),
        },
        {"arousal": "a/anna.csv", "valence": "v/anna.csv"},
        {},
    ),
    "a file for each dimension with its raters, as RECOLA": Files(
        {
            "a/anna.csv": table(";", TIME, column("FM1 ", AROUSAL), column("FM2 ", AROUSAL)),
            "v/anna.csv": table(";", TIME, column("FM1 ", VALENCE), column("FM2 ", VALENCE)),
        },
        {"arousal": "a/anna.csv", "valence": "v/anna.csv"},
        {"rater_columns": "*"},
    ),
}

MASKED = {
    "begins late": (one_file(without(PLAIN, 1, 2, 3), gaps="mask"), masked(0)),
    "has a hole": (one_file(without(PLAIN, 4, 5), gaps="mask"), masked(1)),
    "blank cells at the end": (
        one_file(table(";", TIME, column("arousal", [*AROUSAL[:8], "", ""]), V), gaps="mask"),
        masked(3, columns=(0,)),
    ),
    "NA, as R writes": (
        one_file(
            table(";", TIME, A, column("valence", ["NA", "NA", "NA", *VALENCE[3:]])), gaps="mask"
        ),
        masked(0, columns=(1,)),
    ),
    "one blank cell of a frame": (
        one_file(table(";", TIME, column("arousal", ["0.0", "", *AROUSAL[2:]]), V), gaps="mask"),
        STATES,
    ),
}

REFUSED = {
    "begins late": (
        one_file(without(PLAIN, 1, 2, 3)),
        ["no rating between 0 s and 0.25 s", "--config.corpus.gaps=mask"],
    ),
    "has a hole": (
        one_file(without(PLAIN, 4, 5)),
        ["no rating between 0.25 s and 0.5 s", "--config.corpus.gaps=mask"],
    ),
    "a blank cell": (
        one_file(table(";", TIME, column("arousal", [*AROUSAL[:8], "", ""]), V)),
        [".csv:10: no rating in column 'arousal'", "--config.corpus.gaps=mask"],
    ),
    "half of the frames": (
        one_file(table(";", column("time", [f"{sample / 2}" for sample in range(10)]), A, V)),
        ["no rating between 0.25 s and 0.5 s", "at least 4 times a second"],
    ),
    "half of the frames, masked": (
        one_file(
            table(";", column("time", [f"{sample / 2}" for sample in range(10)]), A, V),
            gaps="mask",
        ),
        ["a rating every 0.5 s", "features.frame_rate"],
    ),
    "empty": (one_file(""), [".csv: the file is empty"]),
    "a header alone": (one_file("time;arousal;valence\n"), [".csv:1: no rows follow"]),
    "no header": (
        one_file(PLAIN.split("\n", 1)[1]),
        [".csv:1: '0.0;0.0;0.00' has numbers", "'time;arousal;valence'"],
    ),
    "no times": (
        one_file(table(";", column("frame", MS), A, V)),
        ["no column of times among 'frame', 'arousal', 'valence'", "call it 'time'"],
    ),
    "two columns of times": (
        one_file(table(";", TIME, column("timestamp", MS), A, V)),
        ["'time' and 'timestamp' are both times; keep one"],
    ),
    "a column twice": (
        one_file(table(";", TIME, A, column("Arousal", AROUSAL))),
        ["column 'arousal' comes twice"],
    ),
    "blanks between columns": (
        one_file(table(" ", TIME, A, V)),
        ["separated by blanks", "';', tabs or ','"],
    ),
    "decimal commas between commas": (
        one_file(table(",", *map(comma, (TIME, A, V)))),
        ["6 fields, the header 3", "separate columns by ';'"],
    ),
    "decimal commas and points": (
        one_file(table(";", TIME, column("arousal", comma(AROUSAL)), V)),
        ["decimal point", "decimal commas", "write all alike"],
    ),
    "clock times": (
        one_file(table(";", column("time", [f"00:00:0{t}" for t in TIMES]), A, V)),
        ["'00:00:00.0' in column 'time' is not a finite number"],
    ),
    "times since 1970": (
        one_file(table(";", column("timestamp", [f"17000000{t}" for t in TIMES]), A, V)),
        ["seconds from the start of the recording"],
    ),
    "frames of a video as times": (
        one_file(table(";", column("time", [f"{25 * s}" for s in range(10)]), A, V)),
        ["times go to 225", "lasts 1 s", "neither seconds nor milliseconds"],
    ),
    "times that start again": (
        one_file(PLAIN + PLAIN.split("\n", 1)[1]),
        [".csv:12: time 0 follows 0.9", "order of time"],
    ),
    "another recording": (
        one_file(table(";", column("name", ["carl"] * 10), TIME, A, V)),
        [".csv:2: name is 'carl', but the recording is 'anna'"],
    ),
    "two recordings": (
        one_file(table(";", column("name", ["anna"] * 9 + ["carl"]), TIME, A, V)),
        [".csv:11: name is 'carl', in the rows above 'anna'", "file of its own"],
    ),
    "words": (
        one_file(table(";", TIME, column("arousal", ["high"] * 10), V)),
        ["no column 'arousal', it has 'valence'"],
    ),
    "a word among numbers": (
        one_file(table(";", TIME, column("arousal", [*AROUSAL[:9], "high"]), V)),
        [".csv:11: 'high' in column 'arousal' is not a finite number"],
    ),
    "infinity": (
        one_file(table(";", TIME, column("arousal", [*AROUSAL[:9], "inf"]), V)),
        [".csv:11: 'inf' in column 'arousal' is not a finite number"],
    ),
    "per cent": (
        one_file(table(";", TIME, *(column(c[0], scaled(c[1:], 100)) for c in (A, V)))),
        ["outside of corpus.rating_range, -1 to 1", "--config.corpus.rating_range"],
    ),
    "a dimension less": (
        one_file(table(";", TIME, A)),
        ["no column 'valence', it has 'arousal'"],
    ),
    "columns of raters": (
        one_file(BY_RATER),
        ["no column 'arousal'", "--config.corpus.rater_columns='{dimension}*'"],
    ),
    "columns of raters, otherwise called": (
        one_file(BY_RATER, rater_columns="{dimension}_*"),
        ["no column is like 'arousal_*'", "'Arousal FM1'"],
    ),
    "a file of another dimension": (
        Files(
            {"anna_a.csv": table(",", TIME, V), "anna_v.csv": table(",", TIME, V)},
            {"arousal": "anna_a.csv", "valence": "anna_v.csv"},
            {},
        ),
        ["no column 'arousal', it has 'valence'"],
    ),
    "several columns of one dimension": (
        Files(
            {"anna_a.csv": table(",", TIME, column("FM1", A[1:]), column("FM2", A[1:]))}
            | {"anna_v.csv": table(",", TIME, V)},
            {"arousal": "anna_a.csv", "valence": "anna_v.csv"},
            {},
        ),
        ["no column 'arousal', it has 'FM1', 'FM2'", "rater_columns='*'"],
    ),
    "another encoding": (
        one_file(table(";", TIME, A, V, column("Gefühl", ["müde"] * 10)), encoding="latin-1"),
        [".csv:1: byte 0xfc is not UTF-8"],
    ),
    "a workbook": (
        one_file("PK\x03\x04\x14\xff", encoding="latin-1", name="anna.xlsx"),
        ["anna.xlsx:1: byte 0xff is not UTF-8; save the file as UTF-8 text"],
    ),
}
