"""Annotations by NOVA's documentation (docs/index.md, "File Format")."""

import numpy as np
import pytest

from affdyn_jax.corpora.nova import read_nova
from affdyn_jax.errors import CorpusError

HEADER = """<?xml version="1.0" ?>
<annotation ssi-v="3">
    <info ftype="ASCII" size="3" />
    <meta annotator="Müller" role="expert"/>
    <scheme name="arousal" type="CONTINUOUS" sr="25" min="-1" max="1" mincolor="#FFFFFFFF" />
</annotation>
"""


@pytest.fixture
def saved(tmp_path):
    def saves(data, header=HEADER, encoding="utf-8"):
        path = tmp_path / "anna_1.arousal.annotation"
        path.write_bytes(header.encode(encoding))
        data = data if isinstance(data, bytes) else data.encode()
        (tmp_path / "anna_1.arousal.annotation~").write_bytes(data)
        return path

    return saves


@pytest.mark.parametrize(
    ("data", "header"),
    [
        ("-0.25;1\nNaN;1\n0;0.4\n", HEADER),
        ("-0,25;1\nNaN;1\n0;0,4\n", HEADER),
        (
            np.array([-0.25, 1, np.nan, 1, 0, 0.4], "<f4").tobytes(),
            HEADER.replace("ASCII", "BINARY"),
        ),
    ],
)
def test_a_score_a_frame(saved, data, header):
    trace = read_nova(saved(data, header))
    np.testing.assert_allclose(trace.times_s, [0, 0.04, 0.08])
    np.testing.assert_array_equal(trace.values_sc, [[-0.25], [np.nan], [0]])
    assert trace.columns == ("arousal",)
    assert trace.layout == "NOVA, 25 Hz, rated from -1 to 1"


def test_a_header_in_the_encoding_of_a_german_windows(saved):
    assert read_nova(saved("1;1\n1;1\n1;1\n", encoding="cp1252")).columns == ("arousal",)


def discrete(header):
    return header.replace("CONTINUOUS", "DISCRETE")


@pytest.mark.parametrize(
    ("data", "header", "told"),
    [
        ("1;1\n", HEADER, "annotation~: has 1 scores, but anna_1.arousal.annotation promises '3'"),
        ("", HEADER, "annotation~: the file is empty"),
        ("1;1\nup;1\n1;1\n", HEADER, "annotation~:2: 'up' in column 'score'"),
        ("1;1\n", discrete(HEADER), "annotation: the scheme is 'DISCRETE'"),
        ("1;1\n", HEADER.replace('sr="25"', 'sr="0"'), "the sample rate is 0 Hz"),
        ("1;1\n", HEADER.replace('sr="25"', ""), "'' in column 'sr'"),
        ("1;1\n", HEADER.replace("ASCII", "UTF"), "ftype 'UTF' is neither"),
        ("1;1\n", "<a><info/></a>", "has no <info> and <scheme>"),
        ("1;1\n", "name;timestamp\n", "is no XML"),
        (b"123456789", HEADER.replace("ASCII", "BINARY"), "has 9 bytes"),
    ],
)
def test_faults_are_told(saved, data, header, told):
    path = saved(data, header)
    with pytest.raises(CorpusError) as caught:
        read_nova(path)
    assert str(caught.value).startswith(str(path)) and told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["anna_1.arousal.annotation", "anna_1.arousal.annotation~"])
def test_a_missing_file_is_told(saved, missing):
    path = saved("1;1\n1;1\n1;1\n")
    path.with_name(missing).unlink()
    with pytest.raises(CorpusError, match=f"{missing}: no such file"):
        read_nova(path)
