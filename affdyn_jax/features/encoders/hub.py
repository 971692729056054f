"""Checkpoints on the Hugging Face hub, downloaded to a folder of this machine."""

import contextlib
import fnmatch
from collections.abc import Collection, Iterator
from pathlib import Path

from affdyn_jax.errors import FeatureError

_SETTINGS = ("config.json", "preprocessor_config.json", "processor_config.json")
_SAFETENSORS = ("model.safetensors", "model.safetensors.index.json", "model-*-of-*.safetensors")
_PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-*-of-*.bin")


def download(model: str, revision: str | None, others: Collection[str] = ()) -> Path:
    """The folder that holds a model of the hub, which is downloaded once.

    Pickles are downloaded only where there are no safetensors. Without network, an earlier
    download is used.

    Args:
        model: Name on the hub, such as `LeBenchmark/wav2vec2-FR-3K-base`.
        revision: Commit, tag or branch; None for the newest.
        others: Further files, which are downloaded where they are there.

    Raises:
        FeatureError: The hub has no such model or revision, refuses it, or is out of reach.
    """
    with _told(model, revision):
        return _fetch(model, revision, others)


def commit_of(model: str) -> str:
    """The commit that is a model's newest on the hub; without network, that of the last download.

    Raises:
        FeatureError: As of `download`.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled

    with _told(model, None):
        try:
            return HfApi().model_info(model).sha
        except (HTTPError, OfflineModeIsEnabled) as out_of_reach:
            if isinstance(out_of_reach, _not_there()):
                raise
            return _kept(model, None, out_of_reach).name


@contextlib.contextmanager
def _told(model: str, revision: str | None) -> Iterator[None]:
    """Turn the hub's errors into ours."""
    # Imported here, since a checkpoint in a folder needs none of it.
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        HTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    except HFValidationError as error:
        raise FeatureError(
            f"{model}: no such folder, and no name that a model of the hub could have"
        ) from error
    except RevisionNotFoundError as error:
        raise FeatureError(
            f"{model}: the hub has no revision {revision!r} of it; look its revisions up there"
        ) from error
    except GatedRepoError as error:
        raise FeatureError(
            f"{model}: the hub gives it only to those who have accepted its terms; "
            "accept them there and log in, or name a local folder that holds the model"
        ) from error
    except RepositoryNotFoundError as error:
        raise FeatureError(
            f"{model}: no such folder, and no such model on the hub; check the name"
        ) from error
    except (HTTPError, OSError) as error:
        raise FeatureError(
            f"{model}: no such folder, and not to be had from the hub ({_first_line(error)}); "
            "without network, copy the model's config.json, preprocessor_config.json (or "
            "processor_config.json) and weights into a folder and name that folder instead"
        ) from error


def _fetch(model: str, revision: str | None, others: Collection[str]) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled

    try:
        # Fails at once without network, where a download would try for half a minute.
        files = HfApi().model_info(model, revision=revision).siblings or []
    except (HTTPError, OfflineModeIsEnabled) as out_of_reach:
        if isinstance(out_of_reach, _not_there()):
            raise
        return _kept(model, revision, out_of_reach)
    has_safetensors = any(
        fnmatch.fnmatchcase(file.rfilename, form) for file in files for form in _SAFETENSORS
    )
    weights = _SAFETENSORS if has_safetensors else _PICKLES
    wanted = (*_SETTINGS, *weights, *others)
    return Path(snapshot_download(model, revision=revision, allow_patterns=wanted))


def _kept(model: str, revision: str | None, out_of_reach: Exception) -> Path:
    """The folder of an earlier download, named after its commit."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                model, revision=revision, allow_patterns=_SETTINGS, local_files_only=True
            )
        )
    except LocalEntryNotFoundError:
        raise out_of_reach from None


def _not_there() -> tuple[type[Exception], ...]:
    """The errors of a hub that answers, but has no such model."""
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    return RepositoryNotFoundError, RevisionNotFoundError


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
