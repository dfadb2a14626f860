"""Files with one token a line, its tag in a column (CoNLL)."""

import os
from collections.abc import Iterator
from itertools import groupby

from seqkit.checks import InputError, check_choice, check_nonnegative_int
from seqkit.data.tagged_sentence import TaggedSentence
from seqkit.tagging import SCHEMES, TagError, convert
from seqkit.text import read_text

DOCUMENT = "-DOCSTART-"

__all__ = ["read_columns"]


def read_columns(
    path: str | os.PathLike[str],
    *,
    scheme: str = "BIO",
    target: str = "BIO",
    token_column: int = 0,
    tag_column: int = -1,
) -> list[TaggedSentence]:
    """Reads a file with one token a line and its tag in a column, sentences apart by empty lines.

    Columns are apart by tabs where a line has one, else by spaces. A line `-DOCSTART-` begins a document and is no
    sentence; lines that begin with `# ` are comments where they stand before a sentence. Tags are written anew in the
    scheme `target`, which loses nothing.

    Args:
        path: The file, in UTF-8.
        scheme: In which scheme the tags of the file are: 'IOB1' (CoNLL-2003), 'BIO' or 'BIOES'.
        target: In which scheme they shall be.
        token_column: Column of the token, counted from 0.
        tag_column: Column of the tag; negative numbers count from the end, so -1 is the last.

    Returns:
        Every sentence, in order.

    Raises:
        InputError: naming file and line, if a line has another number of columns than the first, a tag is not legal in
            `scheme`, or the file holds no sentence; as `read_text` if it is missing or not in UTF-8.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "news.conll")
    ...     _ = file.write_text("Ann NNP I-PER\\nLee NNP I-PER\\nwon VBD O\\n")
    ...     read_columns(file, scheme="IOB1")
    [TaggedSentence(tokens=('Ann', 'Lee', 'won'), tags=('B-PER', 'I-PER', 'O'), line=1, document=0)]
    """
    check_choice("scheme", scheme, SCHEMES)
    check_choice("target", target, SCHEMES)
    check_nonnegative_int("token_column", token_column)
    name = os.fspath(path)
    found: list[TaggedSentence] = []
    document, columns = -1, None
    for line, rows in _blocks(read_text(path)):
        if rows[0][0] == DOCUMENT:
            document += 1
            continue
        columns = len(rows[0]) if columns is None else columns
        _check_columns(name, line, rows, columns, token_column, tag_column)
        tags = [row[tag_column] for row in rows]
        try:
            tags = convert(tags, scheme, target)
        except TagError as error:
            raise InputError(f"{name}, line {line + error.token}: {error.problem}") from error
        found.append(TaggedSentence(tuple(row[token_column] for row in rows), tuple(tags), line, max(document, 0)))
    if not found:
        raise InputError(
            f"{name}: holds no sentence. Expected one token a line, with its tag in column {tag_column}, and an empty "
            "line after each sentence."
        )
    return found


def _blocks(text: str) -> Iterator[tuple[int, list[list[str]]]]:
    """The rows between two empty lines, cut into columns, with the number of the first; comments left out."""
    lines = enumerate((line.rstrip("\r") for line in text.split("\n")), start=1)
    for empty, block in groupby(lines, key=lambda numbered: not numbered[1].strip()):
        if empty:
            continue
        rows = list(block)
        while rows and rows[0][1].startswith("# "):
            rows.pop(0)
        if rows:
            yield rows[0][0], [line.split("\t") if "\t" in line else line.split() for _, line in rows]


def _check_columns(
    name: str, first: int, rows: list[list[str]], columns: int, token_column: int, tag_column: int
) -> None:
    for number, row in enumerate(rows):
        if len(row) != columns or not all(row):
            raise InputError(
                f"{name}, line {first + number}: expected {columns} columns, as in the first sentence. "
                f"Received: {len([cell for cell in row if cell])} in {' '.join(row)!r}."
            )
    if not -columns <= tag_column < columns or token_column >= columns or tag_column % columns == token_column:
        raise InputError(
            f"{name}, line {first}: `token_column` and `tag_column` must be two of its {columns} columns. "
            f"Received: token_column={token_column}, tag_column={tag_column}."
        )
