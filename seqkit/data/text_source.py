"""Where a text comes from, and which part of it trains, validates and tests."""

import hashlib
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from seqkit.checks import InputError
from seqkit.data.named import NAMES, locate
from seqkit.text import stream_text

SPLITS = ("train", "valid", "test")
# Shares of a text that has no split of its own.
_SHARES = {"train": 0.9, "valid": 0.05, "test": 0.05}


@dataclass(frozen=True)
class Document:
    """One text, read anew each time it is asked for, so that it need not fit into memory.

    Args:
        name: What to call it in messages.
        chunks: Returns its characters in consecutive pieces.
    """

    name: str
    chunks: Callable[[], Iterator[str]] = field(repr=False)


@dataclass(frozen=True)
class TextSource:
    """Documents by split, or one text to be split by position.

    Args:
        name: What to call the source in reports.
        documents: For each split its documents; empty if `text` is given.
        text: One long text.
        tokenised: Whether whitespace alone tells its words apart, punctuation marks included.
        shares: How `text` is split by position: for each split its share of the tokens.
    """

    name: str
    documents: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    text: Document | None = None
    tokenised: bool = False
    shares: dict[str, float] = field(default_factory=lambda: dict(_SHARES))


def text_source(data: str | Path, *, pattern: str = "*") -> TextSource:
    """Finds a text by name or path.

    A file is split by position: 90 % train, 5 % valid, 5 % test. A folder that holds `ptb.train.txt`, `ptb.valid.txt`
    and `ptb.test.txt` is split as they are, each line stripped. Any other folder is split by document, in the order of
    a hash of the names, with the same shares of the bytes. 'tinyshakespeare' has its usual split: 90 % train and 10 %
    valid.

    Args:
        data: A named data set, 'python' for the source of the running interpreter's standard library, 'pydoc' for the
            help texts of its language, a file or a folder.
        pattern: Which files of a folder are documents, as a shell pattern such as '*.txt'; subfolders are searched too.

    Raises:
        InputError: if nothing is found under `data`, or a folder holds too few documents.

    Example:

    >>> source = text_source("python")
    >>> sorted(source.documents), any(d.name == "abc.py" for part in source.documents.values() for d in part)
    (['test', 'train', 'valid'], True)
    """
    if data == "python":
        library = Path(sysconfig.get_paths()["stdlib"])
        return TextSource("python", documents=_by_document(_files(sorted(library.glob("*.py")), library), "python"))
    if data == "pydoc":
        return TextSource("pydoc", documents=_by_document(_topics(), "pydoc"))
    if data == "tinyshakespeare":
        text = _file(locate("tinyshakespeare") / "input.txt")
        return TextSource("tinyshakespeare", text=text, shares={"train": 0.9, "valid": 0.1})
    if data in NAMES:
        return _lines_by_split(str(data), locate(str(data)))
    path = Path(data)
    if path.is_file():
        return TextSource(path.name, text=_file(path))
    if not path.exists():
        raise InputError(
            f"`data` must be a file, a folder or one of {', '.join(map(repr, ('python', 'pydoc', *NAMES)))}. "
            f"Received: data={str(data)!r}, and there is no such file."
        )
    if (path / "ptb.train.txt").is_file():
        return _lines_by_split(path.name, path)
    files = sorted(file for file in path.rglob(pattern) if file.is_file() and not _hidden(file.relative_to(path)))
    if len(files) < len(SPLITS):
        raise InputError(
            f"{path}: a folder is split by document and needs at least {len(SPLITS)}. "
            f"Received: {len(files)} files that match {pattern!r}. Add documents, change the pattern, or give one file."
        )
    return TextSource(path.resolve().name, documents=_by_document(_files(files, path), path))


def _file(path: Path) -> Document:
    return Document(path.name, lambda: stream_text(path))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _by_document(given: list[tuple[Document, int]], root: str | Path) -> dict[str, tuple[Document, ...]]:
    """Valid and test take documents, in the order of the hash of their names, until each has its share of the sizes."""

    def order(item: tuple[Document, int]) -> bytes:
        return hashlib.sha256(item[0].name.encode()).digest()

    rest = sorted((item for item in given if item[1]), key=order)
    wanted = {name: _SHARES[name] * sum(size for _, size in rest) for name in SPLITS[1:]}
    parts: dict[str, list[Document]] = {}
    for name in SPLITS[1:]:
        taken = 0
        parts[name] = []
        while len(rest) > len(SPLITS) - len(parts) and (not parts[name] or taken < wanted[name]):
            document, size = rest.pop()
            parts[name].append(document)
            taken += size
    parts["train"] = [document for document, _ in rest]
    if any(not parts[name] for name in SPLITS):
        raise InputError(
            f"{root}: at least {len(SPLITS)} of its documents must hold text. Received: {len(rest)} that do."
        )
    return {name: tuple(sorted(parts[name], key=lambda document: document.name)) for name in SPLITS}


def _files(paths: list[Path], root: Path) -> list[tuple[Document, int]]:
    """A document a file, and its size in bytes."""
    return [(Document(path.relative_to(root).as_posix(), _reader(path)), path.stat().st_size) for path in paths]


def _topics() -> list[tuple[Document, int]]:
    """The help texts of the language, as the running interpreter brings them: a document a topic."""
    from pydoc_data.topics import topics  # a large module, and most runs read something else

    return [(Document(name, partial(_whole, text)), len(text)) for name, text in topics.items()]


def _whole(text: str) -> Iterator[str]:
    yield text


def _reader(path: Path) -> Callable[[], Iterator[str]]:
    return lambda: stream_text(path)


def _lines_by_split(name: str, folder: Path) -> TextSource:
    """The format of the Penn Treebank files: a sentence a line, with a blank at both ends that is not text."""

    def document(split: str) -> Document:
        path = folder / f"ptb.{split}.txt"
        if not path.is_file():
            raise InputError(f"{path}: missing. The format needs ptb.train.txt, ptb.valid.txt and ptb.test.txt.")

        def chunks() -> Iterator[str]:
            held, glue = "", ""
            for chunk in stream_text(path):
                *lines, held = (held + chunk).split("\n")  # nothing else ends a line in this format
                for line in lines:
                    yield glue + line.strip()
                    glue = "\n"
            if held:
                yield glue + held.strip()

        return Document(path.name, chunks)

    return TextSource(name, documents={split: (document(split),) for split in SPLITS}, tokenised=True)
