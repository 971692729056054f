"""MLflow: a lane is a run, tagged with its group, in a database of the workdir or on a server."""

import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from affdyn_jax.tracking.lane_runs import Group, LaneRun, LaneTracker

_AT_ONCE = 1000  # metrics, the most that MLflow takes


class MLflow(LaneTracker):
    """Runs of an experiment.

    Args:
        folder: As of `LaneTracker`.
        group: As of `LaneTracker`.
        uri: Of the store; empty for a database in the folder.
    """

    name: ClassVar[str] = "mlflow"
    environment: ClassVar[Mapping[str, str | None]] = {"MLFLOW_DISABLE_TELEMETRY": "true"}

    def __init__(self, folder: Path, group: Group, uri: str):
        super().__init__(folder, group)
        self._uri = uri or f"sqlite:///{folder.absolute() / 'mlflow.db'}"
        # Without it, MLflow makes a folder where the program was started.
        self._artifacts = None if uri else (folder.absolute() / "mlflow").as_uri()

    def send(self, lane: LaneRun) -> None:
        """As `LaneTracker.send`."""
        from mlflow.entities import Metric, Param

        client, experiment = self._client_and_experiment
        tags = {"group": self.group.name, **dict.fromkeys(self.group.tags, "true")}
        run = client.create_run(experiment, run_name=lane.name, tags=tags).info.run_id
        now = int(1000 * time.time())
        best = int(lane.scores["best_epoch"])
        points = [(epoch, scores) for epoch, scores in lane.curve.items()] + [(best, lane.scores)]
        metrics = [
            Metric(name, value, now, epoch)
            for epoch, scores in points
            for name, value in scores.items()
        ]
        params = [Param(name, str(value)) for name, value in lane.settings.items()]
        client.log_batch(run, params=params)
        for start in range(0, len(metrics), _AT_ONCE):
            client.log_batch(run, metrics=metrics[start : start + _AT_ONCE])
        client.set_terminated(run)

    @cached_property
    def _client_and_experiment(self) -> tuple[Any, str]:
        """The store, and the experiment's number in it; made where there is none."""
        from mlflow import MlflowClient

        client = MlflowClient(self._uri)
        if found := client.get_experiment_by_name(self.group.project):
            return client, found.experiment_id
        return client, client.create_experiment(self.group.project, self._artifacts)
