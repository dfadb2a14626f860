"""Word vectors that others have trained: GloVe, fastText and word2vec in their text form."""

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqkit.checks import InputError, check_positive_int
from seqkit.text.vocabulary import Vocabulary

__all__ = ["WordVectors", "read_vectors"]

_LONGEST_LINE = 1 << 20  # bytes


@dataclass(frozen=True)
class WordVectors:
    """The vectors of the words of a vocabulary, as far as a file has them; `read_vectors` makes them.

    Attributes:
        matrix: `(vocabulary, width)` float32; zeros where the file has no vector.
        found: Booleans `(vocabulary,)`: which words have one.
        by_small_letters: How many of these were found in small letters only.
    """

    matrix: np.ndarray
    found: np.ndarray
    by_small_letters: int

    @property
    def coverage(self) -> float:
        """The share of the ordinary words of the vocabulary that have a vector."""
        return float(self.found.sum()) / (len(self.found) - len(Vocabulary.SPECIALS))

    def into(self, weights: np.ndarray) -> np.ndarray:
        """The weights of an embedding, with the vectors found in their places: `layer.set_weights([v.into(w)])`.

        Raises:
            InputError: if the weights have another shape.
        """
        if weights.shape != self.matrix.shape:
            raise InputError(
                f"`weights` must have the shape of the vectors, {self.matrix.shape}. Received: {weights.shape}. "
                "Give the embedding the vocabulary and the width of the file."
            )
        return np.where(self.found[:, None], self.matrix, weights)

    def __str__(self) -> str:
        words = len(self.found) - len(Vocabulary.SPECIALS)
        return (
            f"vectors of width {self.matrix.shape[1]} for {int(self.found.sum())} of {words} words "
            f"({self.coverage:.1%}), {self.by_small_letters} of them in small letters only"
        )


def read_vectors(path: str | os.PathLike[str], vocabulary: Vocabulary, *, width: int | None = None) -> WordVectors:
    """Reads the vectors of the words of a vocabulary from a file of any size, line by line.

    A line holds a word and its numbers, apart by single spaces; words may hold spaces themselves. A first line of two
    whole numbers (words and width, as word2vec and fastText write it) is no word. A word that the file has not as it
    stands takes the vector of its small letters; of several vectors for a word the first counts. Memory holds the
    vectors of the vocabulary and one line.

    Args:
        path: The file, in UTF-8; with a name that ends with .gz, packed.
        vocabulary: The words wanted.
        width: Numbers a word must have; `None` takes that of the first line.

    Raises:
        InputError: naming file and line, if a line has another number of numbers, one is not finite, or the file holds
            no vector, is no UTF-8 or cannot be read.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "vectors.txt")
    ...     _ = file.write_text("the 0.5 -1\\ncat 2 3\\n")
    ...     print(read_vectors(file, Vocabulary(["The", "cat", "sat"])))
    vectors of width 2 for 2 of 3 words (66.7%), 1 of them in small letters only
    """
    name = os.fspath(path)
    if width is not None:
        check_positive_int("width", width)
    words = {token: place for place, token in enumerate(vocabulary.tokens) if place >= len(Vocabulary.SPECIALS)}
    small: dict[str, list[int]] = {}
    for word, place in words.items():
        if word.lower() != word:
            small.setdefault(word.lower(), []).append(place)
    matrix: np.ndarray | None = None
    rank = np.zeros(len(vocabulary), np.int8)  # 0 nothing, 1 by small letters, 2 as it stands
    for number, line in _lines(name):
        cells = line.rstrip(" ").split(" ")
        if number == 1 and len(cells) == 2 and all(cell.isdigit() for cell in cells) and width != 1:
            width = _same_width(name, int(cells[1]), width)
            continue
        if width is None:
            width = len(cells) - 1
        if len(cells) <= width or width < 1:
            raise InputError(
                f"{name}, line {number}: expected a word and {max(width, 1)} numbers. "
                f"Received: {len(cells) - 1} numbers."
            )
        word, numbers = " ".join(cells[:-width]), cells[-width:]
        places = [place for place in (words.get(word),) if place is not None and rank[place] < 2]
        lower = [place for place in small.get(word, ()) if rank[place] < 1]
        if matrix is None:
            matrix = np.zeros((len(vocabulary), width), np.float32)
            _check_first(name, number, word, cells, width)
        if places or lower:
            matrix[[*places, *lower]] = _numbers(name, number, numbers)
            rank[places], rank[lower] = 2, 1
    if matrix is None:
        raise InputError(f"{name}: holds no vector. Expected lines of a word and its numbers, apart by spaces.")
    return WordVectors(matrix, rank > 0, int((rank == 1).sum()))


def _lines(name: str) -> Iterator[tuple[int, str]]:
    try:
        with gzip.open(name) if name.endswith(".gz") else open(name, "rb") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE + 1):
                number += 1
                if len(line) > _LONGEST_LINE:
                    raise InputError(f"{name}, line {number}: longer than {_LONGEST_LINE} bytes; these are no vectors.")
                try:
                    text = line.decode("utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise InputError(f"{name}, line {number}: not valid UTF-8. Convert the file first.") from error
                if text:
                    yield number, text
    except (OSError, EOFError) as error:  # EOFError: a packed file that breaks off
        raise InputError(f"{name}: cannot be read ({getattr(error, 'strerror', None) or error}).") from error


def _same_width(name: str, found: int, width: int | None) -> int:
    if width is not None and found != width:
        raise InputError(
            f"{name}, line 1: vectors of width {found}. Expected width {width}. Use another file or width."
        )
    return found


def _check_first(name: str, number: int, word: str, cells: list[str], width: int) -> None:
    """A width that does not fit shows in the first line: too many numbers would make a word that ends with one."""
    if len(cells) - 1 > width and _is_number(word.split(" ")[-1]):
        raise InputError(
            f"{name}, line {number}: expected a word and {width} numbers. Received: {len(cells) - 1} numbers."
        )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(name: str, number: int, cells: list[str]) -> np.ndarray:
    try:
        values = np.array(cells, np.float32)
    except ValueError as error:
        raise InputError(f"{name}, line {number}: expected {len(cells)} numbers after the word ({error}).") from error
    if not np.isfinite(values).all():
        raise InputError(f"{name}, line {number}: a number that is not finite.")
    return values
