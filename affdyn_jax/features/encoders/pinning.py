"""The commit of a checkpoint on the hub, whose branches and tags may move."""

import dataclasses
import logging
import re
from collections.abc import Mapping
from typing import Any

from affdyn_jax.features.encoders.checkpoint import folder_of
from affdyn_jax.features.encoders.hub import commit_of
from affdyn_jax.features.settings import EncoderSettings

log = logging.getLogger(__name__)

_COMMIT = re.compile(r"[0-9a-f]{40}")


def pinned(settings: EncoderSettings, earlier: Mapping[str, Any]) -> EncoderSettings:
    """The settings with a commit as the revision; of a folder, which has none, with nothing.

    Args:
        settings: As the user has given them.
        earlier: Those of a run that is resumed, or nothing. Of the same model its commit is taken,
            whatever has become of the branch or tag that the user names.

    Raises:
        FeatureError: The hub has no such model or revision, refuses it, or is out of reach.
    """
    if folder_of(settings.model):
        return dataclasses.replace(settings, revision="")
    if _COMMIT.fullmatch(settings.revision):
        return settings
    before = earlier.get("revision")
    if earlier.get("model") == settings.model and isinstance(before, str):
        # Earlier versions kept what the user had given.
        if before == settings.revision:
            return settings
        if _COMMIT.fullmatch(before):
            log.info(
                "%s: the run continues with the commit that it was begun with, %s",
                *(settings.model, before),
            )
            return dataclasses.replace(settings, revision=before)
    commit = commit_of(settings.model, settings.revision or None)
    return dataclasses.replace(settings, revision=commit)
