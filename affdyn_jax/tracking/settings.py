"""Settings of trackers: which ones follow a run, and where to."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field

from affdyn_jax.system.field_types import Distinct, Name, OneLine, SeveralNames


@dataclasses.dataclass(frozen=True)
class TrackingSettings:
    """Trackers that follow the run, besides `epochs.jsonl`; nothing is sent anywhere by default."""

    backends: Annotated[
        tuple[Literal["tensorboard", "wandb", "mlflow", "trackio"], ...],
        Field(description="Each needs its package, e.g. `pip install wandb`."),
        Distinct,
        SeveralNames,
    ] = ()
    project: Annotated[
        Name,
        Field(description="W&B's and trackio's project, MLflow's experiment."),
    ] = "affdyn_jax"
    wandb_online: Annotated[
        bool,
        Field(
            description="Whether W&B sends lanes to its server; otherwise they stay in the workdir "
            "for `wandb sync`."
        ),
    ] = False
    mlflow_uri: Annotated[
        OneLine,
        Field(
            description="Where MLflow keeps lanes, e.g. http://localhost:5000; by default in the "
            "workdir."
        ),
    ] = ""
