"""Files of ratings in any format: which reader each has, and damaged ones."""

import numpy as np
import pytest
from hypothesis import given, settings

from affdyn_jax.corpora.rating_files import read_rating_file
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.errors import CorpusError
from tests.corpora.files_of_tools import (
    BINS,
    DIMENSIONS,
    annemo,
    annemo_moves,
    carma,
    elan,
    muse,
    nova,
)
from tests.fuzzing import assert_told_in_one_line, damaged, examples

STATES = DIMENSIONS["arousal"]
FILES = {
    "CARMA": ("anna.csv", carma(BINS, STATES)),
    "NOVA": ("anna.annotation", nova([*STATES])[0]),
    "ANNEMO": ("anna.csv", annemo(*annemo_moves())),
    "ELAN": ("anna.eaf", elan(DIMENSIONS)),
    "MuSe": ("anna.csv", muse(STATES)),
    "table": ("anna.csv", "time;arousal\n0;0.1\n0.25;0.35\n"),
}


def written(folder, tool, content=None):
    if tool == "ELAN":
        pytest.importorskip("pympi")
    name, whole = FILES[tool]
    path = folder / name
    path.write_bytes(whole.encode() if content is None else content)
    if tool == "NOVA":
        path.with_name(f"{name}~").write_text(nova([*STATES])[1])
    return path


@pytest.mark.parametrize("tool", FILES)
def test_each_format_has_its_reader(tmp_path, tool):
    trace = read_rating_file(written(tmp_path, tool), "anna")
    assert tool in trace.layout
    assert trace.values_sc.shape == (len(trace.times_s), len(trace.columns))
    assert len(trace.line_s) == len(trace.times_s)
    assert (np.diff(trace.times_s) > 0).all()


@pytest.mark.parametrize("tool", [tool for tool in FILES if tool != "table"])
@examples(20, 500)
def test_damaged_files_give_ratings_or_a_refusal_in_one_line(tmp_path, tool, examples):
    path = written(tmp_path, tool)
    content = path.read_bytes()

    @settings(deadline=None, max_examples=examples, database=None)
    @given(damaged(content))
    def read_any(content):
        path.write_bytes(content)
        try:
            trace = read_rating_file(path, "anna")
        except CorpusError as error:
            assert_told_in_one_line(error)
            assert str(error).startswith(str(path))
        else:
            assert isinstance(trace, RatingTrace)
            assert np.isfinite(trace.times_s).all()
            assert not np.isinf(trace.values_sc).any()

    read_any()
