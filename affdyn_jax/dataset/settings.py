"""Settings of the gold standards of dynamics."""

import dataclasses
import math
from typing import Annotated, Literal

from pydantic import Field

# A parabola goes through any three points, and then smooths nothing.
_FEWEST_FRAMES = {"moving_average": 3, "savitzky_golay": 5}


@dataclasses.dataclass(frozen=True)
class DynamicsSettings:
    """The gold standards of dynamics: whether they are of smoothed states."""

    smoothing: Annotated[
        Literal["none", "moving_average", "savitzky_golay"],
        Field(
            description="How the states are smoothed on the grid before Eq. 1 makes dynamics of "
            "them. Their own gold standard is never smoothed. The paper does not smooth."
        ),
    ] = "none"
    window: Annotated[
        float,
        Field(
            ge=0,
            le=3600,
            description="Seconds over which they are smoothed, rounded up to an odd number of "
            "frames.",
        ),
    ] = 1.0

    @property
    def is_smoothed(self) -> bool:
        """Whether the states are smoothed before their dynamics are taken."""
        return self.smoothing != "none"

    def window_frames(self, frame_rate: float) -> int:
        """Frames of the window: an odd number, so that one is in the middle."""
        frames = math.ceil(round(self.window * frame_rate, 6))
        return frames + 1 - frames % 2

    def check_window(self, frame_rate: float) -> None:
        """Refuse a window of so few frames that nothing would be smoothed.

        Raises:
            ValueError: It is one; the message begins with the field.
        """
        frames, fewest = self.window_frames(frame_rate), _FEWEST_FRAMES.get(self.smoothing, 0)
        if frames < fewest:
            raise ValueError(
                f"dynamics.window={self.window:g} holds {frames} frame(s) at {frame_rate:g} a "
                f"second, but dynamics.smoothing={self.smoothing} takes {fewest} or more; name "
                f"{fewest / frame_rate:g} s or more"
            )


UNSMOOTHED = DynamicsSettings()  # as in the paper
