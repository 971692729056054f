"""The commit of a checkpoint on the hub, where the settings name none."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from affdyn_jax.features.encoders.checkpoint import folder_of
from affdyn_jax.features.encoders.hub import commit_of
from affdyn_jax.features.settings import EncoderSettings


def pinned(settings: EncoderSettings, earlier: Mapping[str, Any]) -> EncoderSettings:
    """The settings with a commit as the revision, where a name on the hub has none.

    Args:
        settings: As the user has given them.
        earlier: Those of a run that is resumed, or nothing. Of the same model, its revision is
            taken.

    Raises:
        FeatureError: The hub has no such model, refuses it, or is out of reach.
    """
    if settings.revision or folder_of(settings.model):
        return settings
    if earlier.get("model") == settings.model and isinstance(earlier.get("revision"), str):
        return dataclasses.replace(settings, revision=earlier["revision"])
    return dataclasses.replace(settings, revision=commit_of(settings.model))
