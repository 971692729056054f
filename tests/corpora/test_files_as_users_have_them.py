"""Files of ratings as users have them, and what happens to each: these values, or one line."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.errors import CorpusError
from tests.corpora.files_of_users import STATES
from tests.corpora.rated_by_files import corpus_of, states_of
from tests.corpora.table_of_files import LOADS, MASKED, REFUSED, table_of_files
from tests.fuzzing import assert_told_in_one_line, reported_faults

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rating_files.md"


@pytest.mark.parametrize("files", LOADS.values(), ids=LOADS)
def test_it_loads(tmp_path, files):
    states_ntd = states_of(corpus_of(tmp_path, files))
    np.testing.assert_allclose(states_ntd, [STATES, STATES], atol=1e-12)


@pytest.mark.parametrize(("files", "states"), MASKED.values(), ids=MASKED)
def test_it_loads_with_frames_masked(tmp_path, files, states):
    states_ntd = states_of(corpus_of(tmp_path, files))
    np.testing.assert_allclose(states_ntd, [states, states], atol=1e-12)


@pytest.mark.parametrize(("files", "told"), REFUSED.values(), ids=REFUSED)
def test_one_line_says_what_to_do(tmp_path, files, told):
    with pytest.raises(CorpusError) as caught:
        states_of(corpus_of(tmp_path, files))
    first, *_ = reported_faults(caught.value)
    assert_told_in_one_line(first)
    for fragment in told:
        assert fragment in str(first)


@pytest.mark.skipif(find_spec("pympi") is None, reason="ELAN needs pympi-ling")
def test_the_page_says_what_happens():
    assert PAGE.read_text() == table_of_files()
