import numpy as np
import pandas as pd
import pytest

from affdyn_jax.report.figures import prediction
from affdyn_jax.report.figures.drawing import style
from affdyn_jax.report.figures.prediction import prediction_figure, scale_of
from affdyn_jax.report.figures.waveform import Outline

SOUND = Outline(np.arange(8) / 4, -np.ones(8), np.ones(8))


@pytest.fixture
def predicted():
    times = pd.Index(np.arange(8) / 4 + 2.0, name="time")
    columns = ("arousal", "valence", "arousal_dynamics", "valence_dynamics")
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (8, 4))
    return pd.DataFrame(values, index=times, columns=columns)


def draw(predicted):
    scale = scale_of(("arousal", "valence"), [predicted])
    with style():
        return prediction_figure("anna_1", SOUND, predicted, scale, 4.0, "MARK")


def test_recordings_of_one_call_have_the_same_scales(predicted, monkeypatch):
    drawn = []
    monkeypatch.setattr(prediction, "draw", lambda figure, *_: drawn.append(figure))
    tables = predicted, predicted / 10
    scale = scale_of(("arousal", "valence"), tables)
    with style():
        for table in tables:
            prediction_figure("anna_1", SOUND, table, scale, 4.0, "")
    states, colours = (
        [
            [read(axes) for axes in figure.axes if axes.get_title(loc="left") in scale.dimensions]
            for figure in drawn
        ]
        for read in (lambda axes: axes.get_ylim(), lambda axes: axes.collections[0].get_clim())
    )
    assert states[0] == states[1] and colours[0] == colours[1]
    for column, (low, high), (weakest, strongest) in zip(
        ("arousal", "valence"), states[0], colours[0], strict=True
    ):
        assert low < predicted[column].min() and predicted[column].max() < high
        assert -weakest == strongest == predicted[f"{column}_dynamics"].abs().max()


def test_a_panel_for_the_sound_and_for_each_dimension(predicted):
    picture = draw(predicted)
    assert picture.name == "anna_1"
    assert picture.png.startswith(b"\x89PNG")
    assert "of arousal and valence over time" in picture.alternative
    for column in ("valence", "arousal_dynamics"):
        assert draw(predicted.assign(**{column: -predicted[column]})).svg != picture.svg, column


def test_a_dimension_that_is_not_predicted_has_no_panel(predicted):
    alone = draw(predicted[["valence", "valence_dynamics"]])
    assert "of valence over time" in alone.alternative
    assert alone.height < draw(predicted).height


@pytest.mark.parametrize("columns", [["arousal"], ["arousal_dynamics"], ["arousal", "valence"]])
def test_a_target_that_is_not_predicted_is_left_out(predicted, columns):
    assert draw(predicted[columns]).svg


def test_predictions_that_never_change(predicted):
    assert draw(0 * predicted).svg
