"""Raters, dimensions and gaps of one recording's files."""

import numpy as np
import pytest

from affdyn_jax.corpora.own_ratings import ALL_DIMENSIONS, read_own_ratings
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.errors import CorpusError

NAN = np.nan


def written(folder, **tables):
    paths = []
    for name, content in tables.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(content)
    return paths


def read(files, **config):
    return read_own_ratings(files, "anna", None, CorpusSettings(gold_standard="mean", **config))


def test_raters_of_columns_and_files_together(tmp_path):
    paths = written(
        tmp_path,
        first="time,arousal_1,arousal_2,valence_1,valence_2\n0,1,2,0,0\n1,2,4,0,1\n2,3,3,1,0\n",
        second="time,arousal_9,valence_9\n0,6,0\n1,0,-1\n2,3,2\n",
    )
    gold, layouts = read({ALL_DIMENSIONS: paths}, rater_columns="{dimension}_*")
    np.testing.assert_allclose(gold.values_sd, [[3, 0], [2, 0], [3, 1]])
    np.testing.assert_array_equal(gold.rated_d2, [[0, 6], [-1, 2]])
    assert gold.path == paths[0]
    assert layouts == ["table with ',', times in 'time' (seconds, by their steps)"] * 2
    # By hand: raters 1 and 2 of arousal have 1/2, both have other signs or none with rater 9.
    first, second, third = np.array([[1, 2, 3], [2, 4, 3], [6, 0, 3.0]])

    def ccc(x, y):
        covariance = np.mean((x - x.mean()) * (y - y.mean()))
        return 2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)

    pairs = ccc(first, second), ccc(first, third), ccc(second, third)
    assert gold.agreement_d[0] == pytest.approx(np.mean(pairs))


def test_a_single_rater_has_no_agreement(tmp_path):
    gold, _ = read({ALL_DIMENSIONS: written(tmp_path, a="time,arousal,valence\n0,1,2\n1,3,4\n")})
    assert gold.agreement_d is None


def test_a_gap_of_one_rater_is_one_of_the_gold_standard(tmp_path):
    paths = written(
        tmp_path,
        first="time,arousal,valence\n0,1,2\n0.1,,4\n0.2,5,6\n",
        second="time,arousal,valence\n0,1,2\n0.1,3,4\n0.2,5,6\n",
    )
    gold, _ = read({ALL_DIMENSIONS: paths}, gaps="mask")
    np.testing.assert_array_equal(gold.values_sd, [[1, 2], [NAN, 4], [5, 6]])
    with pytest.raises(CorpusError, match=r"first\.csv:3: no rating in column 'arousal'"):
        read({ALL_DIMENSIONS: paths})


def test_a_column_of_a_dimension_goes_before_others_of_its_file(tmp_path):
    arousal = written(tmp_path, a="time,valence,arousal\n0,1,2\n1,3,4\n")
    valence = written(tmp_path, v="time,value\n0,5\n1,6\n")
    gold, _ = read({"arousal": arousal, "valence": valence})
    np.testing.assert_array_equal(gold.values_sd, [[2, 5], [4, 6]])


@pytest.mark.parametrize(
    ("header", "is_own", "hint"),
    [
        ("time,value", False, "; if all of it is one dimension, give the manifest a column"),
        ("time,dominance,liking", False, "no column 'arousal', it has 'dominance', 'liking'$"),
        ("time,arousal1,arousal2", False, r"rater_columns='\{dimension\}\*'$"),
        ("time,FM1,FM2", True, r"rater_columns='\*'$"),
    ],
)
def test_what_to_do_about_columns_that_are_called_otherwise(tmp_path, header, is_own, hint):
    paths = written(tmp_path, a=f"{header}\n0,1,1\n"[: None if header.count(",") > 1 else -3])
    files = {"arousal": paths, "valence": paths} if is_own else {ALL_DIMENSIONS: paths}
    with pytest.raises(CorpusError, match=hint):
        read(files)
