import logging
from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.corpora.unit_scale import on_unit_scale
from affdyn_jax.errors import CorpusError
from affdyn_jax.method.rating_scale import RatingScale

TIMES_S = np.arange(3) / 4


def corpus(*ratings, rated_d2=None):
    """Recordings a and b with these traces of arousal and valence, and a test without labels."""
    recordings = [
        Recording(
            name,
            partition,
            None,
            GoldStandard(TIMES_S, np.stack(traces, 1), Path(name), rated_d2=rated_d2),
        )
        for name, partition, traces in zip("ab", ("train", "dev"), ratings, strict=True)
    ]
    recordings.append(Recording("t", "test", None, None))
    return Corpus("c", Path(), ("arousal", "valence"), tuple(recordings))


NINE = (([1.0, 5, 7], [2.0, 3, 9]), ([4.0, 5, 6], [5.0, 5, 6]))


def test_all_gold_standards_are_mapped():
    mapped = on_unit_scale(corpus(*NINE), RatingScale(1, 9))
    first, second, unlabelled = (r.gold_standard for r in mapped.recordings)
    assert first.values_sd[:, 0].tolist() == [-1, 0, 0.5]
    assert second.values_sd[:, 1].tolist() == [0, 0, 0.25]
    assert unlabelled is None
    assert mapped.rating_scale == RatingScale(1, 9)


@pytest.mark.parametrize("scale", [RatingScale(), RatingScale(1, 8), RatingScale(2, 10)])
def test_ratings_outside_of_the_scale_are_refused(scale):
    with pytest.raises(CorpusError) as caught:
        on_unit_scale(corpus(*NINE), scale)
    message = str(caught.value)
    assert message.startswith("a: ratings of ")
    assert f"outside of corpus.rating_range, {scale};" in message
    assert "ratings of the corpus go from 1 to 9" in message
    assert "--config.corpus.rating_range=LOW,HIGH" in message


def test_raters_count_and_not_what_centring_makes_of_them():
    centred = (([0.0, 0.5, 1.01], [0.0, 0.1, 0.2]),) * 2
    with pytest.raises(CorpusError):
        on_unit_scale(corpus(*centred), RatingScale())
    rated = corpus(*centred, rated_d2=np.array([[-0.1, 1.0], [0.0, 0.2]]))
    mapped = on_unit_scale(rated, RatingScale())
    assert mapped.recordings[1].gold_standard.values_sd.max() == 1.01
    rated = corpus(*centred, rated_d2=np.array([[-0.1, 1.0], [-2.0, 0.2]]))
    with pytest.raises(CorpusError, match=r"'valence' go from -2 to 0\.2"):
        on_unit_scale(rated, RatingScale(-1, 1.1))


def test_ratings_that_use_little_of_the_scale_are_reported_of(caplog):
    with caplog.at_level(logging.WARNING):
        on_unit_scale(corpus(*NINE), RatingScale(-100, 100))
    assert [record.getMessage().partition(", a small")[0] for record in caplog.records] == [
        "ratings of 'arousal' lie between 1 and 7",
        "ratings of 'valence' lie between 2 and 9",
    ]
    caplog.clear()
    on_unit_scale(corpus(*NINE), RatingScale(1, 9))
    assert not caplog.records


def test_what_is_not_rated_is_on_any_scale():
    nan = np.nan
    gappy = corpus(([1.0, nan, 5], [nan] * 3), ([4.0, 5, 6], [2.0, 5, 6]))
    mapped = on_unit_scale(gappy, RatingScale(1, 9))
    first, second = (r.gold_standard.values_sd for r in mapped.recordings[:2])
    np.testing.assert_array_equal(first, [[-1, nan], [nan, nan], [0, nan]])
    np.testing.assert_array_equal(second[:, 1], [-0.75, 0, 0.25])
    with pytest.raises(CorpusError, match="from 1 to 5, outside"):
        on_unit_scale(gappy, RatingScale(2, 9))
