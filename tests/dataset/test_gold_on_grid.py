"""Ratings of known content on the grid, and all that can be wrong with them."""

from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import ConfigError, CorpusError
from tests.fuzzing import reported_faults

RATE = 4.0


def recording(name, partition, values=(0.0, 0.1, 0.3, 0.2, 0.4, 0.4, 0.0, 0.1), rate=4.0):
    """Valence mirrors arousal; a rating for each value."""
    arousal_s = np.array(values)
    gold_standard = GoldStandard(
        np.arange(len(arousal_s)) / rate,
        np.stack([arousal_s, -arousal_s], axis=1),
        Path(f"labels/{name}.csv"),
    )
    return Recording(name, partition, None, gold_standard)


def on_grid(*recordings, delay=0.0):
    corpus = Corpus("C", Path("root"), ("arousal", "valence"), recordings)
    return put_on_grid(corpus, RATE, delay).traces


def refusal(*recordings, error_type=CorpusError, delay=0.0):
    with pytest.raises(error_type) as caught:
        on_grid(*recordings, delay=delay)
    return [str(fault) for fault in reported_faults(caught.value)]


def test_states_then_dynamics():
    values_tk, valid_tk = on_grid(recording("a", "train"), recording("b", "dev"))["a"]
    arousal_t = [0.0, 0.1, 0.3, 0.2, 0.4, 0.4, 0.0, 0.1]
    dynamics_t = [0.0, 0.4, 0.8, -0.4, 0.8, 0.0, -1.6, 0.4]
    expected = np.stack([arousal_t, np.negative(arousal_t), dynamics_t, np.negative(dynamics_t)])
    np.testing.assert_allclose(values_tk, expected.T, atol=1e-12)
    np.testing.assert_array_equal(valid_tk[0], [True, True, False, False])
    assert valid_tk[1:].all()


def test_the_delay_leaves_the_last_frames_without_a_label():
    values_tk, valid_tk = on_grid(recording("a", "train"), recording("b", "dev"), delay=0.5)["a"]
    np.testing.assert_allclose(values_tk[:, 0], [0.3, 0.2, 0.4, 0.4, 0.0, 0.1, 0.0, 0.0])
    np.testing.assert_array_equal(valid_tk[:, 0], np.arange(8) < 6)
    np.testing.assert_array_equal(valid_tk[:, 2], (np.arange(8) > 0) & (np.arange(8) < 6))
    assert (values_tk[6:] == 0).all()


def test_withheld_labels_are_left_out():
    unlabelled = Recording("t", "test", None, None)
    assert set(on_grid(recording("a", "train"), recording("b", "dev"), unlabelled)) == {"a", "b"}


def test_the_faults_of_all_recordings_are_reported_together():
    slow = [recording(name, "train", rate=2.0) for name in "ab"]
    told = refusal(*slow, recording("c", "dev"), recording("t", "test", rate=3.0))
    assert [fault.partition(": ")[0] for fault in told] == [
        "labels/a.csv",
        "labels/b.csv",
        "labels/t.csv",
    ]
    assert "'a' has no rating between 0.25 s and 0.5 s" in told[0]


@pytest.mark.parametrize(
    ("delay", "said"), [(-1.0, "annotation delay is -1.0 s"), (2.0, "'a' end at 1.75 s")]
)
def test_a_delay_that_makes_no_sense_is_reported_once(delay, said):
    (told,) = refusal(
        recording("a", "train"), recording("b", "dev"), error_type=ConfigError, delay=delay
    )
    assert said in told
