"""Files by ELAN's documentation of its format (EAF 3.0)."""

import numpy as np
import pytest

from affdyn_jax.corpora.elan import read_elan
from affdyn_jax.errors import CorpusError

pytest.importorskip("pympi")

SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"


def eaf(tiers, unit="milliseconds", others=""):
    """A file with tiers of `(start, end, text)`, times in milliseconds or None."""
    slots, written = [], []
    for tier, annotations in tiers.items():
        rows = []
        for start, stop, text in annotations:
            first = len(slots) + 1
            slots += [start, stop]
            rows.append(
                f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{first}" '
                f'TIME_SLOT_REF1="ts{first}" TIME_SLOT_REF2="ts{first + 1}">'
                f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
            )
        written.append(
            f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="{tier}">{"".join(rows)}</TIER>'
        )
    times = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{number}"'
        + (f' TIME_VALUE="{time}"/>' if time is not None else "/>")
        for number, time in enumerate(slots, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" '
        'DATE="2017-09-05T14:53:24+06:00" FORMAT="3.0" VERSION="3.0" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:noNamespaceSchemaLocation="{SCHEMA}">'
        f'<HEADER MEDIA_FILE="" TIME_UNITS="{unit}"/><TIME_ORDER>{times}</TIME_ORDER>'
        f'{"".join(written)}{others}<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" '
        'LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/></ANNOTATION_DOCUMENT>\n'
    )


@pytest.fixture
def saved(tmp_path):
    def saves(text):
        path = tmp_path / "anna_1.eaf"
        path.write_text(text)
        return path

    return saves


def test_numbers_hold_for_their_intervals(saved):
    tiers = {
        "arousal": [(0, 20, "0.5"), (30, 50, "-0,25"), (50, 60, " ")],
        "words": [(0, 50, "good morning"), (50, 60, "7")],
        "valence": [(10, 30, "1")],
    }
    trace = read_elan(saved(eaf(tiers)))
    np.testing.assert_array_equal(trace.times_s, [0, 0.01, 0.02, 0.03, 0.04])
    assert trace.columns == ("arousal", "valence")
    nan = np.nan
    np.testing.assert_array_equal(trace.values_sc[:, 0], [0.5, 0.5, nan, -0.25, -0.25])
    np.testing.assert_array_equal(trace.values_sc[:, 1], [nan, 1, 1, nan, nan])
    assert trace.layout.endswith("without the tiers 'words', which hold no numbers")


def test_numbers_that_refer_to_annotations_of_another_tier(saved):
    of_words = (
        '<TIER LINGUISTIC_TYPE_REF="default-lt" PARENT_REF="words" TIER_ID="arousal"><ANNOTATION>'
        '<REF_ANNOTATION ANNOTATION_ID="a9" ANNOTATION_REF="a1"><ANNOTATION_VALUE>3'
        "</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>"
    )
    trace = read_elan(saved(eaf({"words": [(0, 20, "good"), (20, 40, "day")]}, others=of_words)))
    assert trace.columns == ("arousal",)
    np.testing.assert_array_equal(trace.values_sc[:, 0], [3, 3])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (eaf({"words": [(0, 20, "good")]}), "no tier holds numbers, among 'words'"),
        (eaf({}), "no tier holds numbers, among none"),
        (
            eaf({"arousal": [(0, 20, "1"), (20, 40, "2"), (40, 60, "2o")]}),
            "tier 'arousal': annotation '2o' is no number",
        ),
        (eaf({"arousal": [(0, None, "1")]}), "annotation '1' has no time of its own"),
        (eaf({"arousal": [(0, 20, "1")]}, unit="PAL-frames"), "times are in 'PAL-frames'"),
        ("name;timestamp\n", "is not as ELAN writes its files"),
        ("<ANNOTATION_DOCUMENT/>", "is not as ELAN writes its files"),
    ],
)
def test_faults_are_told(saved, text, told):
    path = saved(text)
    with pytest.raises(CorpusError) as caught:
        read_elan(path)
    assert str(caught.value).startswith(f"{path}: ") and told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CorpusError, match=r"gone\.eaf: cannot be read: No such file"):
        read_elan(tmp_path / "gone.eaf")
