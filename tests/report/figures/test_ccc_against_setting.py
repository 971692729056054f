import pandas as pd
import pytest

from affdyn_jax.method.tasks import Task
from affdyn_jax.report.figures.ccc_against_setting import best_of_each_value, setting_figure

AROUSAL = Task("arousal", "state")


def test_of_each_value_the_network_that_is_best_on_dev():
    rows = [
        ("multi", 0.1, 16, 0.5),
        ("multi", 0.1, 32, 0.6),
        ("multi", 0.2, 16, 0.4),
        ("arousal", 0.2, 16, 0.9),
    ]
    table = pd.DataFrame(rows, columns=["setup", "dropout", "hidden_size", "dev_ccc"])
    table = table.assign(dimension="arousal", target="state", test_ccc=table["dev_ccc"] / 2)
    best = best_of_each_value(table, "dropout", "multi-dimensional", AROUSAL)
    assert best["hidden_size"].to_dict() == {0.1: 32, 0.2: 16}
    assert best_of_each_value(table, "dropout", "mono-dimensional", AROUSAL).index.to_list() == [
        0.2
    ]


def test_curves_of_both_kinds_and_partitions(swept_run, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "affdyn_jax.report.figures.ccc_against_setting.draw",
        lambda figure, *texts: drawn.append((figure, texts)),
    )
    setting_figure(swept_run, "learning_rate", "")
    ((figure, (name, caption, alternative, _)),) = drawn
    assert name == "against_learning_rate"
    assert "CCC against the learning rate" in caption
    assert alternative.endswith("0.0006, 0.001.")
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert labels == ["mono, dev", "mono, test", "multi, dev", "multi, test"]
    first, last = figure.axes[0], figure.axes[-1]
    assert [tick.get_text() for tick in last.get_xticklabels()] == ["0.0006", "0.001"]
    dev, *_ = first.containers[2]
    expected = best_of_each_value(
        swept_run.selection, "learning_rate", "multi-dimensional", AROUSAL
    )["dev_ccc"]
    assert list(dev.get_ydata()) == pytest.approx(expected.sort_index().to_list())
