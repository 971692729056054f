"""Files of annotation tools, by the formats that they document: as `files_of_users` has tables.

Every one holds one second of ratings, of which `STATES` are the means of frames.
"""

from importlib.util import find_spec

import pytest

from tests.corpora.files_of_users import AROUSAL, STATES, VALENCE, Files, masked

DIMENSIONS = {"arousal": STATES[:, 0], "valence": STATES[:, 1]}
FRAMES = ("0", "0.25", "0.5", "0.75")
BINS = ("0.25", "0.5", "0.75", "1")


def for_each_dimension(write, suffix, **config):
    """A file for each dimension, written by the function of the name and the four states."""
    return Files(
        {f"{name}/anna.{suffix}": write(name, states) for name, states in DIMENSIONS.items()},
        {name: f"{name}/anna.{suffix}" for name in DIMENSIONS},
        config,
    )


def carma(times, values, *, low="-1", high="1"):
    return (
        "Time of Rating,26-Nov-2014 10:12:31\nMultimedia File,anna.wav\n"
        "Lower Label,calm, passive\nUpper Label,excited\n"
        f"Minimum Value,{low}\nMaximum Value,{high}\nNumber of Steps,9\n"
        "Second,Rating\n%%%%%%,%%%%%%\n"
    ) + "\n".join(f"{time},{value}" for time, value in zip(times, values, strict=True))


def nova(values, name="arousal", *, rate=4, size=None, kind="CONTINUOUS"):
    """The header and the data of an annotation."""
    header = (
        f'<?xml version="1.0" ?>\n<annotation ssi-v="3">\n    <info ftype="ASCII" '
        f'size="{len(values) if size is None else size}" />\n    <meta annotator="Anna" '
        f'role=""/>\n    <scheme name="{name}" type="{kind}" sr="{rate}" min="-1" max="1" />\n'
        "</annotation>\n"
    )
    return header, "".join(f"{value};1\n" for value in values)


def nova_files(*arguments, values=None, **options):
    """Annotations of both dimensions at 4 Hz, where `values` are those of arousal."""
    contents = {}
    for name, states in DIMENSIONS.items():
        given = states if values is None or name == "valence" else values
        header, data = nova([*given], name, **options)
        contents |= {f"anna.{name}.annotation": header, f"anna.{name}.annotation~": data}
    return Files(contents, {name: f"anna.{name}.annotation" for name in DIMENSIONS}, {})


def annemo(*moves, video="anna.mp4"):
    """Lines of the dimension, the time and the value of each move; the last one ends the video."""
    date = '"Friday, March 5th, 2021, 3:12:09 PM",1614953529123,rater'
    return "".join(
        f"{date},{video},{dimension},{time},{value},{'true' if time < 1 else 'false'}\n"
        for dimension, time, value in moves
    )


def annemo_moves(skipped=()):
    return [
        (name, time, states[min(frame, 3)])
        for name, states in DIMENSIONS.items()
        for frame, time in enumerate((0, 0.25, 0.5, 0.75, 1))
        if frame not in skipped
    ]


def in_one_file(content, suffix, **config):
    return Files({f"anna.{suffix}": content}, {"ratings": f"anna.{suffix}"}, config)


def elan(tiers):
    """A file with tiers of texts, each a quarter of a second long; a blank one is left out."""
    slots = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{slot}" TIME_VALUE="{250 * slot}"/>' for slot in range(1, 5)
    )
    written = "".join(
        f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="{tier}">'
        + "".join(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}{frame}" '
            f'TIME_SLOT_REF1="ts{frame}" TIME_SLOT_REF2="ts{frame + 1}"><ANNOTATION_VALUE>{text}'
            "</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
            for frame, text in enumerate(texts)
            if text != ""
        )
        + "</TIER>"
        for number, (tier, texts) in enumerate(tiers.items())
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" '
        'DATE="2017-09-05T14:53:24+06:00" FORMAT="3.0" VERSION="3.0" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">'
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/><TIME_ORDER>'
        f'<TIME_SLOT TIME_SLOT_ID="ts0" TIME_VALUE="0"/>{slots}</TIME_ORDER>{written}'
        '<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" '
        'TIME_ALIGNABLE="true"/></ANNOTATION_DOCUMENT>\n'
    )


def muse(values, times=(0, 250, 500, 750)):
    rows = [f"{time},{value},1" for time, value in zip(times, values, strict=True)]
    return "\n".join(["timestamp,value,segment_id", *rows]) + "\n"


def needs_pympi(*values):
    missing = pytest.mark.skipif(find_spec("pympi") is None, reason="ELAN needs pympi-ling")
    return pytest.param(*values, marks=missing)


WORDS = ["so", "it", "is", "7"]

LOADS = {
    "CARMA, bins": for_each_dimension(lambda _, states: carma(BINS, states), "csv"),
    "CARMA, from -100 to 100": for_each_dimension(
        lambda _, states: carma(BINS, states * 100, low="-100", high="100"),
        *("csv",),
        rating_range=(-100.0, 100.0),
    ),
    "CARMA, samples at irregular times": for_each_dimension(
        lambda name, _: carma(
            [f"{sample / 10 + 0.003 * (sample % 2):.3f}" for sample in range(10)],
            AROUSAL if name == "arousal" else VALENCE,
        ),
        "csv",
    ),
    "CARMA, a file for each rater": Files(
        {
            f"{name}/anna_{rater}.csv": carma(BINS, states + offset)
            for name, states in DIMENSIONS.items()
            for rater, offset in (("FM1", 0.1), ("FM2", -0.1))
        },
        {name: f"{name}/anna_*.csv" for name in DIMENSIONS},
        {"gold_standard": "mean"},
    ),
    "NOVA": nova_files(),
    "NOVA, of a German Windows": nova_files(
        values=[f"{state:g}".replace(".", ",") for state in DIMENSIONS["arousal"]]
    ),
    "ANNEMO": in_one_file(annemo(*annemo_moves()), "csv"),
    "ANNEMO, all recordings in one file, and other questions": in_one_file(
        "Social,0.33,0,0,0,0\n"
        + annemo(("arousal", 0.1, 1), ("arousal", 2, 1), video="carl.mp4")
        + annemo(*annemo_moves()),
        "csv",
    ),
    "ANNEMO, rated again from half on": in_one_file(
        annemo(("arousal", 0, 0.1), ("arousal", 0.25, 0.35), ("arousal", 0.9, -1))
        + annemo(*annemo_moves(skipped=(0, 1)), ("valence", 0, -0.05), ("valence", 0.25, -0.175))
        + annemo(("valence", 0.5, -0.3), ("valence", 0.75, -0.425), ("valence", 1, 0)),
        "csv",
    ),
    "ELAN": needs_pympi(in_one_file(elan(DIMENSIONS | {"words": WORDS}), "eaf")),
    "MuSe": for_each_dimension(lambda _, states: muse(states), "csv"),
}

MASKED = {
    "CARMA, a bin without a sample": (
        for_each_dimension(
            lambda name, s: carma(BINS, ["NaN", *s[1:]] if name == "arousal" else s),
            *("csv",),
            gaps="mask",
        ),
        masked(0, columns=(0,)),
    ),
    "NOVA, frames without a score": (
        Files(
            nova_files(values=["NaN", *STATES[1:3, 0], "NaN"]).contents,
            nova_files().cells,
            {"gaps": "mask"},
        ),
        masked(0, 3, columns=(0,)),
    ),
    "ANNEMO, the slider moves late": (
        in_one_file(annemo(*annemo_moves(skipped=(0,))), "csv", gaps="mask"),
        masked(0),
    ),
    "ELAN, an interval without a number": needs_pympi(
        in_one_file(elan(DIMENSIONS | {"valence": [*STATES[:3, 1], ""]}), "eaf", gaps="mask"),
        masked(3, columns=(1,)),
    ),
    "MuSe, segments with a gap": (
        for_each_dimension(
            lambda _, states: muse(states[[0, 2, 3]], (0, 500, 750)), *("csv",), gaps="mask"
        ),
        masked(1),
    ),
}

REFUSED = {
    "CARMA, bins of a second": (
        for_each_dimension(lambda _, states: carma([1, 2, 3, 4], states), *("csv",), gaps="mask"),
        ["a rating every 1 s", "name a lower features.frame_rate"],
    ),
    "CARMA, shifted columns": (
        for_each_dimension(lambda _, states: carma(BINS, [f"{s}," for s in states]), "csv"),
        ["csv:10: '0.25,0.1,' has 3 fields, expected the second and the rating"],
    ),
    "CARMA, on another scale": (
        for_each_dimension(lambda _, states: carma(BINS, states * 100), "csv"),
        ["outside of corpus.rating_range", "--config.corpus.rating_range=LOW,HIGH"],
    ),
    "CARMA, a file for both dimensions": (
        in_one_file(carma(BINS, STATES[:, 0]), "csv"),
        ["no column 'arousal'", "a column of files for each dimension"],
    ),
    "NOVA, a discrete scheme": (
        nova_files(kind="DISCRETE"),
        ["annotation: the scheme is 'DISCRETE', but ratings are continuous"],
    ),
    "NOVA, without its data": (
        Files(
            {k: v for k, v in nova_files().contents.items() if not k.endswith("~")},
            nova_files().cells,
            {},
        ),
        ["anna.arousal.annotation~: no such file"],
    ),
    "NOVA, cut off": (
        nova_files(size=100),
        ["annotation~: has 4 scores, but anna.arousal.annotation promises '100'"],
    ),
    "NOVA, the data in place of the header": (
        Files(nova_files().contents, {n: f"anna.{n}.annotation~" for n in DIMENSIONS}, {}),
        ["annotation~:1: '0.1;1' has numbers where the names of the columns are expected"],
    ),
    "ANNEMO, another recording": (
        in_one_file(annemo(*annemo_moves(), video="carl.mp4"), "csv"),
        ["no video is called 'anna', only 'carl.mp4'; call the recording as its video is called"],
    ),
    "ANNEMO, the slider moves late": (
        in_one_file(annemo(*annemo_moves(skipped=(0,))), "csv"),
        ["no rating in column 'arousal'", "--config.corpus.gaps=mask"],
    ),
    "ELAN, texts alone": needs_pympi(
        in_one_file(elan({"words": WORDS}), "eaf"),
        ["anna.eaf: no tier holds numbers, among 'words'"],
    ),
    "ELAN, a slip among numbers": needs_pympi(
        in_one_file(elan(DIMENSIONS | {"arousal": ["0.1", "0.3", "0.6x", "0.8"]}), "eaf"),
        ["tier 'arousal': annotation '0.6x' is no number"],
    ),
    "MuSe, segments with a gap": (
        for_each_dimension(lambda _, s: muse(s[[0, 2, 3]], (0, 500, 750)), "csv"),
        ["no rating between 0.25 s and 0.5 s", "--config.corpus.gaps=mask"],
    ),
    "MuSe, withheld": (
        for_each_dimension(lambda *_: muse(["", "", "", ""]), "csv"),
        ["csv:2: no rating in column ''"],
    ),
}
