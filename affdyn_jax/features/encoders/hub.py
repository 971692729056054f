"""Checkpoints on the Hugging Face hub, downloaded to a folder of this machine."""

import contextlib
import fnmatch
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from affdyn_jax.errors import FeatureError

_SETTINGS = ("config.json", "preprocessor_config.json", "processor_config.json")
_SAFETENSORS = ("model.safetensors", "model.safetensors.index.json", "model-*-of-*.safetensors")
_PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-*-of-*.bin")


def download_settings(model: str, revision: str | None) -> Path:
    """The folder that holds what is said of a model on the hub, without its weights.

    Without network, an earlier download is used.

    Args:
        model: Name on the hub, such as `LeBenchmark/wav2vec2-FR-3K-base`.
        revision: Commit, tag or branch; None for the newest.

    Raises:
        FeatureError: The hub has no such model or revision, refuses it, or is out of reach.
    """
    with _told(model, revision):
        return _fetch(model, revision, lambda _: _SETTINGS)


def download(model: str, revision: str | None, adapters: Collection[str] = ()) -> Path:
    """The same with its weights, of which pickles only where there are no safetensors.

    Args:
        model: As of `download_settings`.
        revision: The same.
        adapters: Names that a further file may have, of which the hub has to have one.

    Raises:
        FeatureError: As of `download_settings`; or the model has none of `adapters`.
    """

    def wanted(names: Collection[str]) -> Collection[str]:
        if adapters and not set(adapters) & set(names):
            raise FeatureError(
                f"{model}: the hub has no {' or '.join(adapters)} of it; name another language as "
                "features.encoder.adapter"
            )
        has_safetensors = any(
            fnmatch.fnmatchcase(name, form) for name in names for form in _SAFETENSORS
        )
        return (*_SETTINGS, *(_SAFETENSORS if has_safetensors else _PICKLES), *adapters)

    with _told(model, revision):
        return _fetch(model, revision, wanted)


def commit_of(model: str, revision: str | None = None) -> str:
    """The commit that a revision of a model is on the hub; without network, when last downloaded.

    Args:
        model: As of `download_settings`.
        revision: The same.

    Raises:
        FeatureError: As of `download_settings`.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled

    with _told(model, revision):
        try:
            return HfApi().model_info(model, revision=revision).sha
        except (HTTPError, OfflineModeIsEnabled) as out_of_reach:
            if isinstance(out_of_reach, _not_there()):
                raise
            return _kept(model, revision, out_of_reach).name


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


def _fetch(
    model: str, revision: str | None, wanted: Callable[[Collection[str]], Collection[str]]
) -> Path:
    """Download the files of the forms that are wanted where the hub has files of these names."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled

    try:
        # Fails at once without network, where a download would try for half a minute.
        files = HfApi().model_info(model, revision=revision).siblings or []
    except (HTTPError, OfflineModeIsEnabled) as out_of_reach:
        if isinstance(out_of_reach, _not_there()):
            raise
        return _kept(model, revision, out_of_reach)
    forms = wanted([file.rfilename for file in files])
    return Path(snapshot_download(model, revision=revision, allow_patterns=list(forms)))


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
