"""Files of texts with a label each: tables, lines, and one folder a class."""

import csv
import os
import warnings
from pathlib import Path
from typing import Any

from seqkit.checks import InputError
from seqkit.data.labelled_texts import LabelledTexts
from seqkit.text import read_text

__all__ = ["TABLES", "read_folders", "read_lines", "read_table"]

# Ending of the name -> how pandas reads it. Each may be followed by .gz.
TABLES = (".csv", ".tsv", ".jsonl")


def read_table(path: str | os.PathLike[str], *, text: str = "text", label: str = "label") -> LabelledTexts:
    r"""Reads a table with a column of texts and a column of labels: CSV, TSV or JSON lines, also with .gz.

    Args:
        path: The file; its name ends with one of `TABLES`, perhaps followed by .gz. It is in UTF-8. CSV is quoted as
            usual; in TSV nothing is quoted.
        text: Name of the column of texts.
        label: Name of the column of labels; they are read as they are written.

    Raises:
        InputError: naming the file, and the row where there is one, if a column is missing, a text or label is empty,
            the file holds no row, or it is not what its name says.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.tsv")
    ...     _ = file.write_text("stars\ttext\n5\tPerfect.\n1\tIt broke.\n")
    ...     read_table(file, label="stars").labels
    ('5', '1')
    """
    import pandas as pd

    name = os.fspath(path)
    kind = next((ending for ending in TABLES if name.removesuffix(".gz").endswith(ending)), None)
    if kind is None:
        raise InputError(f"{name}: expected a name that ends with {', '.join(TABLES)}, perhaps followed by .gz.")
    try:
        if kind == ".jsonl":
            # Not converted: a label '01' is not the number 1.
            table = pd.read_json(path, lines=True, dtype=False, encoding_errors="strict")
        else:
            separated: Any = {"sep": "\t", "quoting": csv.QUOTE_NONE} if kind == ".tsv" else {"sep": ","}
            with warnings.catch_warnings():
                # Without this, cells beyond the header would be dropped with a warning.
                warnings.simplefilter("error", pd.errors.ParserWarning)
                table = pd.read_csv(
                    path, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8", **separated
                )
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror or error}). Give the path of a table.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}, byte {error.start} of a block: not valid UTF-8. Convert the file from its encoding first."
        ) from error
    except (ValueError, pd.errors.ParserWarning) as error:  # errors of pandas are of the first kind
        raise InputError(f"{name}: no readable {kind[1:].upper()} ({str(error).strip()}).") from error
    for column in (text, label):
        if column not in table.columns:
            raise InputError(
                f"{name}: has no column {column!r}. It has {', '.join(map(repr, map(str, table.columns)))}. "
                "Name the columns of texts and labels."
            )
    texts, labels = ([_cell(value) for value in table[column]] for column in (text, label))
    for row, (words, kind_of) in enumerate(zip(texts, labels, strict=True), start=1):
        if not words.strip() or not kind_of.strip():
            raise InputError(f"{name}, row {row}: its {'text' if not words.strip() else 'label'} is empty.")
    return LabelledTexts(tuple(texts), tuple(labels), name)


def read_lines(path: str | os.PathLike[str]) -> LabelledTexts:
    """Reads a file of lines `LABEL text`, as the Stanford sentiment sentences come.

    Raises:
        InputError: naming file and line, if a line has no text; as `read_text` if the file cannot be read.
    """
    texts, labels = [], []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        label, _, words = line.strip().partition(" ")
        if not words.strip():
            raise InputError(
                f"{os.fspath(path)}, line {number}: expected a label, a space and a text. Received: {line!r}."
            )
        labels.append(label)
        texts.append(words.strip())
    return LabelledTexts(tuple(texts), tuple(labels), os.fspath(path))


def read_folders(path: str | os.PathLike[str], *, pattern: str = "*.txt") -> LabelledTexts:
    """Reads one folder a class: the name of the folder is the label of every file in it.

    Args:
        path: The folder that holds them.
        pattern: Which files are texts.

    Raises:
        InputError: if there is no such folder, or a class without a file; as `read_text` for each file.
    """
    root = Path(path)
    if not root.is_dir():
        raise InputError(f"{root}: expected a folder with one folder a class.")
    texts, labels = [], []
    for folder in sorted(entry for entry in root.iterdir() if entry.is_dir()):
        files = sorted(folder.glob(pattern))
        if not files:
            raise InputError(f"{folder}: holds no file {pattern}. Remove it, or name another pattern.")
        texts += [read_text(file) for file in files]
        labels += [folder.name] * len(files)
    if not texts:
        raise InputError(f"{root}: holds no folder. Expected one folder a class, with files {pattern} in it.")
    return LabelledTexts(tuple(texts), tuple(labels), str(root))


def _cell(value: object) -> str:
    """A value of a table as text: '' where there is none."""
    if value is None or value != value:  # NaN
        return ""
    return str(value)
