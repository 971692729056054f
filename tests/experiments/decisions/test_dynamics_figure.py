from pathlib import Path

from experiments.decisions.dynamics_figure import standin_figure

FIGURE = Path(__file__).parents[3] / "docs" / "figures" / "dynamics_standin.svg"


def test_the_figure_says_what_it_is_made_from(monkeypatch):
    marks = []
    monkeypatch.setattr(
        "experiments.decisions.dynamics_figure.draw", lambda *args: marks.append(args)
    )
    standin_figure()
    ((figure, name, _, _, mark),) = marks
    assert mark == "STAND-IN DATA"
    assert FIGURE.stem == name and FIGURE.is_file()
    state, dynamics = figure.axes
    rated, *_ = state.lines
    # 30 s at 10 Hz above; 120 windows of a quarter of a second below, both ways.
    assert len(rated.get_xdata()) == 300
    assert [len(steps.get_data().values) for steps in dynamics.patches] == [120, 120]
