"""The list of a bundle's files, by which a damaged one is found out before anything is loaded."""

import hashlib
import json
from pathlib import Path
from typing import Any

from seqkit.checks import InputError

FORMAT = 1
NAME = "manifest.json"
_MOST_BYTES = 1 << 20  # of the manifest itself


def write_manifest(folder: Path, task: str, names: tuple[str, ...]) -> None:
    """Writes size and SHA-256 of each file of `folder` that is named."""
    files = {name: {"bytes": (folder / name).stat().st_size, "sha256": _digest(folder / name)} for name in names}
    text = json.dumps({"format": FORMAT, "task": task, "files": files}, indent=2)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def check_manifest(
    folder: Path, tasks: dict[str, tuple[str, ...]], optional: tuple[str, ...] = ()
) -> tuple[str, frozenset[str]]:
    """Checks that a bundle is whole; returns its task and the names of its files.

    Args:
        folder: The bundle.
        tasks: For each task known the names of its files; a bundle holds these and no others,
        optional: but for these, which may be missing.

    Raises:
        InputError: naming the file, if one is missing, cut, changed or unexpected.
    """
    path = folder / NAME
    if path.is_symlink():
        raise InputError(f"{path}: a link, not a file of its own. Copy the bundle again.")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: too large for a manifest. This is no bundle of seqkit.")
        stored = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{folder}: no bundle: {NAME} cannot be read ({error.strerror}). "
            "Give the folder of a finished run, or its `bundle` folder."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not whole JSON: {error}. Copy the bundle again.") from error
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        raise InputError(f"{path}: not a bundle of format {FORMAT}. Load it with the version of seqkit that wrote it.")
    task, files = stored.get("task"), stored.get("files")
    if not isinstance(task, str) or task not in tasks:
        raise InputError(f"{path}: `task` must be one of {', '.join(map(repr, tasks))}. Received: {task!r}.")
    if not isinstance(files, dict) or sorted(set(files) - set(optional)) != sorted(tasks[task]):
        either = f" (or, besides, {', '.join(optional)})" if optional else ""
        raise InputError(f"{path}: `files` must name {', '.join(tasks[task])} and nothing else{either}.")
    for name, expected in files.items():
        _check_file(folder / name, expected)
    return task, frozenset(files)


def _check_file(path: Path, expected: Any) -> None:
    if not isinstance(expected, dict) or set(expected) != {"bytes", "sha256"}:
        raise InputError(f"{path.parent / NAME}: the entry of {path.name} must hold `bytes` and `sha256`.")
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{path}: missing, or not a file of its own. Copy the bundle again.")
    if path.stat().st_size != expected["bytes"]:
        raise InputError(
            f"{path}: {path.stat().st_size} bytes where the manifest says {expected['bytes']}. "
            "The bundle is damaged; copy it again."
        )
    if _digest(path) != expected["sha256"]:
        raise InputError(f"{path}: its content is not what was saved. The bundle is damaged; copy it again.")


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
