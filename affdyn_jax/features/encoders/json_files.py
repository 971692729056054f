"""A JSON file of a checkpoint, which may be anybody's."""

import json
from pathlib import Path
from typing import Any

from affdyn_jax.errors import FeatureError

ANOTHER_COPY = "get the checkpoint again"

# The index of a model in hundreds of parts takes some 100 kB.
_LARGEST = 8 << 20


def read_json(path: Path) -> dict[str, Any]:
    """The object that a file holds.

    Raises:
        FeatureError: It is missing, too long, or holds anything else.
    """
    try:
        # A pipe would be waited for.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise FeatureError(f"{path}: is no regular file; {ANOTHER_COPY}")
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise FeatureError(f"{path}: is longer than any such file; {ANOTHER_COPY}")
        content = json.loads(text.decode())
    except OSError as error:
        raise FeatureError(
            f"{path}: cannot be read ({error.strerror}); a checkpoint needs config.json, "
            "preprocessor_config.json or processor_config.json, and weights in one folder"
        ) from error
    # JSON nested too deep ends in a RecursionError; other damage in a ValueError.
    except (RecursionError, ValueError) as error:
        raise FeatureError(f"{path}: is not JSON ({error}); {ANOTHER_COPY}") from error
    if not isinstance(content, dict):
        raise FeatureError(f"{path}: is a JSON {type(content).__name__}, not an object")
    return content
