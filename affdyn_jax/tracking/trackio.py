"""trackio: a lane is a run of a group, in trackio's own database on this machine."""

import contextlib
import io
from collections.abc import Mapping
from typing import ClassVar

from affdyn_jax.tracking.lane_runs import LaneRun, LaneTracker


class Trackio(LaneTracker):
    """Runs in the database that `trackio show` opens, in `TRACKIO_DIR`."""

    name: ClassVar[str] = "trackio"
    # Either would send the lanes away.
    environment: ClassVar[Mapping[str, str | None]] = {
        "TRACKIO_SPACE_ID": None,
        "TRACKIO_SERVER_URL": None,
    }

    def send(self, lane: LaneRun) -> None:
        """As `LaneTracker.send`."""
        with contextlib.redirect_stdout(io.StringIO()), _hub_offline():
            import trackio

            run = trackio.init(
                project=self.group.project,
                group=self.group.name,
                name=f"{self.group.name}/{lane.name}",
                config=dict(lane.settings),
                embed=False,
                auto_log_cpu=False,
                auto_log_gpu=False,
            )
            for epoch, scores in lane.curve.items():
                at_best = lane.scores if epoch == lane.scores["best_epoch"] else {}
                run.log({**scores, **at_best}, step=epoch)
            trackio.finish()


@contextlib.contextmanager
def _hub_offline():
    """Keep trackio from asking the Hugging Face hub for the user's name."""
    from huggingface_hub import constants

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
