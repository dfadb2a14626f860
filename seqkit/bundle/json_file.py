"""JSON objects on disk."""

import json
from pathlib import Path

from seqkit.checks import InputError


def write_json(path: Path, value: dict) -> None:
    """Writes `value`; what is no JSON, NaN included, fails."""
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict:
    """Reads an object.

    Raises:
        InputError: naming the file, if it holds anything else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not whole JSON: {error}. Copy the bundle again.") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: must hold a JSON object. Received: {type(value).__name__}.")
    return value
