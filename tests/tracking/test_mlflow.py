"""MLflow's stores, read back by MLflow."""

import pytest

from affdyn_jax.tracking.lane_runs import lane_runs
from affdyn_jax.tracking.mlflow import MLflow

mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("store", ["database", "files"])
def test_a_lane_is_a_run(store, trained_run, finished, tmp_path, group, monkeypatch, connections):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    folder = tmp_path / "tracking"
    if store == "database":
        pytest.importorskip("sqlalchemy", reason="MLflow's databases need SQLAlchemy")
        uri, read_from = "", f"sqlite:///{folder / 'mlflow.db'}"
    else:
        uri = read_from = (tmp_path / "store").as_uri()
    for _ in range(2):
        MLflow(folder, group, uri).on_end(trained_run)
    client = mlflow.MlflowClient(read_from)
    experiment = client.get_experiment_by_name("affdyn_jax")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    lanes = {lane.name: lane for lane in lane_runs(finished)}
    assert runs.keys() == lanes.keys()
    lane = lanes["multi-h4-w0.5-seed1"]
    run = runs[lane.name]
    assert run.info.status == "FINISHED"
    assert run.data.tags["group"] == "STAND-IN DATA demo"
    assert run.data.tags["STAND-IN DATA"] == "true"
    assert run.data.params == {name: str(value) for name, value in lane.settings.items()}
    history = client.get_metric_history(run.info.run_id, "dev_loss")
    curve = {epoch: scores["dev_loss"] for epoch, scores in lane.curve.items()}
    assert {point.step: point.value for point in history} == pytest.approx(curve)
    assert len(history) == len(curve)
    score = run.data.metrics["test_ccc_arousal"]
    assert score == pytest.approx(lane.scores["test_ccc_arousal"])
    assert connections == []
    own = {"tracking", "store"} & {path.name for path in tmp_path.iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == own
