"""The two sentences that a report begins with, for every kind of run."""

import dataclasses
import math
import re

import pandas as pd
import pytest

from affdyn_jax.report.contents import contents
from affdyn_jax.report.document.blocks import Paragraph
from affdyn_jax.report.result import result
from affdyn_jax.workdir.files import read_run

NAN = math.nan
COLUMNS = ("setup", "dimension", "target", "w", "dev_ccc", "test_ccc", "test_ccc_w0", "p_value")
# The best state of arousal on dev is the multi-dimensional model's, whose test score is lower.
ROWS = [
    ("arousal", "arousal", "state", 0.2, 0.5, 0.9, 0.1, 0.001),
    ("multi", "arousal", "state", 0.3, 0.6, 0.738, 0.730, 0.133),
    ("multi", "arousal", "dynamics", 1.0, 0.2, 0.091, -0.007, 0.008),
    ("multi", "valence", "state", 0.0, 0.5, 0.611, 0.611, NAN),
    ("multi", "valence", "dynamics", 0.9, 0.1, 0.066, -0.007, 0.008),
]


def told(run, rows=ROWS, **facts):
    """The sentences of a run with such a choice of w."""
    selection = pd.DataFrame(rows, columns=COLUMNS)
    selection["difference"] = selection["test_ccc"] - selection["test_ccc_w0"]
    facts = dataclasses.replace(run.facts, **facts)
    text = result(dataclasses.replace(run, selection=selection, facts=facts)).text
    sentences = re.split(r"(?<=\.) (?=[A-Z])", text)
    assert len(sentences) == 2 and text.endswith("."), text
    return sentences


def with_test(run, count):
    names = [f"Test_{number}" for number in range(count)]
    return {"recordings": {**run.facts.recordings, "test": names}}


def test_the_models_that_are_best_on_dev_and_no_difference(run):
    scores, comparison = told(run, **with_test(run, 8))
    assert scores == (
        "On 8 test recordings, the models that are best on dev reach a CCC of .738 for arousal, "
        ".611 for valence, .091 for arousal dynamics and .066 for valence dynamics, means over "
        "seeds."
    )
    assert comparison == (
        "Compared with training on states alone, no difference was found for arousal (.738 at "
        "w = 0.3, .730 at w = 0, p = .133); no other w is better than w = 0 on dev for valence; "
        "with 8 test recordings no p can be below .008."
    )


@pytest.mark.parametrize(
    ("test_ccc", "p_value", "said"),
    [
        (0.740, 0.0499, "arousal is better (.740 at w = 0.3, .730 at w = 0, p = .050)"),
        (0.740, 0.05, "no difference was found for arousal (.740 at w = 0.3, .730 at w = 0, p"),
        (0.720, 0.0004, "arousal is worse (.720 at w = 0.3, .730 at w = 0, p < .001)"),
        (0.720, NAN, "nothing can be said of arousal, which has no scores at w = 0"),
    ],
)
def test_better_worse_and_neither(run, test_ccc, p_value, said):
    rows = [("multi", "arousal", "state", 0.3, 0.6, test_ccc, 0.730, p_value), *ROWS[2:]]
    _, comparison = told(run, rows, **with_test(run, 20))
    assert comparison.startswith(f"Compared with training on states alone, {said}")


def test_several_tests_are_said_not_to_be_corrected_for(run):
    rows = [(*row[:3], 0.5, *row[4:7], 0.02) for row in ROWS]
    assert "p is not corrected for the number of tests" in told(run, rows)[1]
    assert "corrected" not in told(run, ROWS)[1]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (3, "with 3 test recordings no p can be below .250, so none can be significant."),
        (9, "with 9 test recordings no p can be below .004."),
    ],
)
def test_the_smallest_p_that_few_recordings_allow(run, count, said):
    assert told(run, **with_test(run, count))[1].endswith(f"; {said}")


def test_many_recordings_allow_any_p(run):
    assert "no p can be" not in told(run, **with_test(run, 10))[1]


def test_groups_are_counted_instead_of_recordings(run):
    pairs = {"a": ["Test_0", "Test_1"], "b": ["Test_2", "Test_3"], "c": ["Test_4", "Test_5"]}
    _, comparison = told(run, **with_test(run, 6), groups=pairs)
    assert "with 3 test groups no p can be below .250" in comparison


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ((0.5,), "The sweep has w = 0.5 alone, so nothing is compared."),
        ((0.5, 1.0), "Whether training on dynamics changes states is not known: the sweep lacks"),
    ],
)
def test_a_sweep_without_anything_to_compare(run, weights, said):
    some = dataclasses.replace(run, lanes=run.lanes[run.lanes["w"].isin(weights)])
    assert told(some)[1].startswith(said)


def test_one_seed_has_no_mean(run):
    one = dataclasses.replace(run, lanes=run.lanes[run.lanes["seed"] == 0])
    assert "means over seeds" not in told(one)[0]


def test_without_test_labels_scores_are_of_dev(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", test_labelled=False))
    scores, comparison = re.split(r"(?<=\.) (?=[A-Z])", result(run).text)
    assert scores.startswith("On 3 dev recordings, which also chose them, the models that")
    best = run.selection["dev_ccc"][run.selection["target"] == "state"].max()
    assert f"{best:.3f}".lstrip("0") in scores
    assert comparison.startswith("Without test labels, no difference")


def test_folds_and_rules(swept_run):
    scores, comparison = re.split(r"(?<=\.) (?=[A-Z])", result(swept_run).text)
    assert scores.startswith("In 3 folds over 6 recordings, the models")
    states = swept_run.weightings[swept_run.weightings["target"] == "state"]
    better = int((states["difference_best"] > 0).sum())
    assert comparison.endswith(
        f"; rules that move w are better than the best fixed w in {better} of 16 comparisons of "
        f"states, and worse in {16 - better}."
    )


def test_generated_recordings_are_called_so(standin_run):
    assert result(standin_run).text.startswith("On 6 generated test recordings, the models")


def test_no_score_at_all(run):
    scores, comparison = told(run, [(*row[:5], NAN, NAN, NAN) for row in ROWS])
    assert scores == "No CCC is defined on test, where the gold standards never change."
    assert comparison == "So no models are compared."


def test_a_task_without_a_score_is_left_out(run):
    scores, comparison = told(run, [row for row in ROWS if row[2] == "dynamics"])
    assert "of .091 for arousal dynamics and .066 for valence dynamics" in scores
    assert comparison == "No states have scores, so they are not compared with those at w = 0."


def test_the_report_begins_with_it(run, document):
    first, *_ = document.sections
    assert first.heading == "Overview"
    assert first.blocks[0] == result(run)
    assert isinstance(contents(run).sections[0].blocks[-1], Paragraph)
