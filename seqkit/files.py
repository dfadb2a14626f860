"""Files that are there whole or not at all."""

import contextlib
import os
from pathlib import Path

from seqkit.checks import InputError

__all__ = ["write_atomically"]


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Writes a text as UTF-8, or bytes; a reader, or a crash, meets the old file or the new one and never half of it.

    Args:
        path: The file to write or to replace. Its folder must exist.
        content: What it shall hold.

    Raises:
        InputError: if the folder does not exist or the file cannot be written.
    """
    path = Path(path)
    # In the same folder, because a rename is atomic only within one file system.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with temporary.open("wb") as file:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            with contextlib.suppress(OSError):  # it is gone, or never came to be
                temporary.unlink()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}). Give a file in a folder you may write to."
        ) from error
