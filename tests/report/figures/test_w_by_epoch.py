import numpy as np
import pytest
from matplotlib.figure import Figure

from affdyn_jax.report.figures.w_by_epoch import w_figure


def test_every_lane_of_a_rule_and_their_mean_are_drawn(swept_run, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "affdyn_jax.report.figures.w_by_epoch.draw",
        lambda figure, *texts: drawn.append((figure, texts)),
    )
    w_figure(swept_run.history, "")
    ((figure, (name, _, alternative, _)),) = drawn
    assert isinstance(figure, Figure) and name == "w_by_epoch"
    assert [axes.get_title() for axes in figure.axes] == ["arousal", "valence", "multi"]
    moved = swept_run.history[swept_run.history["w"].isna()]
    for axes in figure.axes:
        of_setup = moved[moved["setup"] == axes.get_title()]
        assert len(axes.lines) == of_setup["lane"].nunique() + 2
        thick = {line.get_label(): line for line in axes.lines if line.get_linewidth() > 1}
        assert set(thick) == {"famo", "dwa"}
        famo = of_setup[of_setup["weighting"] == "famo"]
        last = famo["epoch"].max()
        expected = famo.loc[famo["epoch"] == last, "epoch_w"].mean()
        assert thick["famo"].get_ydata()[-1] == pytest.approx(expected)
        assert np.all(np.diff(thick["dwa"].get_xdata()) == 1)
    assert "multi by famo from 0.53 to 0.8" in alternative
