"""Weights & Biases: a lane is a run of a group; offline, unless the config asks for more."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from affdyn_jax.tracking.lane_runs import Group, LaneRun, LaneTracker


class WeightsAndBiases(LaneTracker):
    """Runs in `<workdir>/tracking/wandb`, for `wandb sync`, or on W&B's server.

    Args:
        folder: As of `LaneTracker`.
        group: As of `LaneTracker`.
        is_online: Whether the server gets them.
    """

    name: ClassVar[str] = "wandb"
    environment: ClassVar[Mapping[str, str | None]] = {"WANDB_ERROR_REPORTING": "false"}

    def __init__(self, folder: Path, group: Group, is_online: bool):
        super().__init__(folder, group)
        self._mode = "online" if is_online else "offline"

    def send(self, lane: LaneRun) -> None:
        """As `LaneTracker.send`; of this machine nothing is told."""
        import wandb

        run = wandb.init(
            project=self.group.project,
            group=self.group.name,
            name=lane.name,
            tags=self.group.tags,
            config=dict(lane.settings),
            dir=self.folder,
            mode=self._mode,
            reinit="create_new",
            settings=wandb.Settings(
                silent=True,
                console="off",
                disable_code=True,
                disable_git=True,
                x_disable_meta=True,
                x_disable_stats=True,
                host="",
                x_disable_machine_info=True,
                x_save_requirements=False,
            ),
        )
        for epoch, scores in lane.curve.items():
            run.log(dict(scores), step=epoch)
        run.summary.update(dict(lane.scores))
        run.finish()
