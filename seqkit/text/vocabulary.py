"""The one-to-one map between tokens and ids."""

import json
import os
import reprlib
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any, ClassVar

import numpy as np

from seqkit.checks import InputError, check_positive_int
from seqkit.files import write_atomically
from seqkit.text.counting import count_tokens, most_frequent
from seqkit.text.inputs import check_tokens
from seqkit.text.reading import stream_text

FORMAT = "seqkit.vocabulary"
VERSION = 1
LARGEST_FILE = 1 << 26  # characters: room for millions of words, and no load on memory


class Vocabulary:
    """Gives each token an id and each id its token; never changes once made.

    The ids 0 to 3 are `<pad>`, `<unk>`, `<bos>` and `<eos>`; the ordinary tokens follow in the given order. `encode`
    turns a token it does not know into `<unk>`, and also a token that merely *spells* one of the four: a text can never
    smuggle in a control id. Whoever wants one adds `vocabulary.bos_id` to the ids.

    Args:
        tokens: The ordinary tokens, each once, without the four special ones.

    Raises:
        InputError: if a token is not a string, occurs twice, is spelled like a special one or has no UTF-8 form.

    Example:

    >>> vocabulary = Vocabulary(["the", "cat"])
    >>> vocabulary.tokens
    ('<pad>', '<unk>', '<bos>', '<eos>', 'the', 'cat')
    >>> vocabulary.encode(["the", "dog", "<pad>"])
    array([4, 1, 1], dtype=int32)
    >>> vocabulary.decode([4, 5, 3])
    ['the', 'cat', '<eos>']
    """

    PAD: ClassVar[str] = "<pad>"
    UNK: ClassVar[str] = "<unk>"
    BOS: ClassVar[str] = "<bos>"
    EOS: ClassVar[str] = "<eos>"
    SPECIALS: ClassVar[tuple[str, ...]] = (PAD, UNK, BOS, EOS)
    pad_id: ClassVar[int] = 0
    unk_id: ClassVar[int] = 1
    bos_id: ClassVar[int] = 2
    eos_id: ClassVar[int] = 3

    def __init__(self, tokens: Sequence[str]) -> None:
        ordinary = list(tokens)
        check_tokens(ordinary)
        self._tokens = (*self.SPECIALS, *ordinary)
        # The specials have no entry here: that alone keeps `encode` from giving their ids away.
        self._ids: dict[str, int] = {}
        for position, token in enumerate(ordinary):
            if token in self._ids or token in self.SPECIALS:
                raise InputError(
                    f"`tokens` must hold each token once and none of {', '.join(self.SPECIALS)}. "
                    f"Received: {token!r} at position {position}. Drop it, or make the vocabulary with `build`."
                )
            if not _has_utf8(token):
                raise InputError(
                    "`tokens` must be encodable as UTF-8. "
                    f"Received: a lone surrogate in {token!r} at position {position}. Read the text as strict UTF-8."
                )
            self._ids[token] = position + len(self.SPECIALS)

    @classmethod
    def build(cls, tokens: Iterable[str], *, max_size: int | None = None, min_count: int = 1) -> "Vocabulary":
        """The vocabulary of a corpus: the most frequent token first, equals by code point.

        Tokens spelled like a special one are left out.

        Args:
            tokens: All tokens of the corpus, as a stream of any length.
            max_size: Largest size, the four specials included; `None` for no limit.
            min_count: A token must occur this often to be kept.

        Raises:
            InputError: if `max_size` is below 5, `min_count` below 1, or no token is left.

        Example:

        >>> Vocabulary.build("abracadabra", max_size=7).tokens[4:]
        ('a', 'b', 'r')
        """
        check_positive_int("min_count", min_count)
        if max_size is not None and check_positive_int("max_size", max_size) <= len(cls.SPECIALS):
            raise InputError(
                f"`max_size` must be at least {len(cls.SPECIALS) + 1}, because it counts the specials "
                f"{', '.join(cls.SPECIALS)}. Received: max_size={max_size}."
            )
        counts = count_tokens(tokens)
        for special in cls.SPECIALS:
            del counts[special]
        kept = [token for token, count in most_frequent(counts) if count >= min_count]
        if not kept:
            raise InputError(
                f"A vocabulary needs a token that occurs at least min_count={min_count} times. "
                f"Received: {counts.total()} tokens, none that often. Use more text or a smaller `min_count`."
            )
        return cls(kept if max_size is None else kept[: max_size - len(cls.SPECIALS)])

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens, the specials included; the token of id i is `tokens[i]`."""
        return self._tokens

    def encode(self, tokens: Iterable[str]) -> np.ndarray:
        """The ids of the tokens of one sequence, int32 `(time,)`; `<unk>` for a token that is not in the vocabulary."""
        tokens = list(tokens)
        check_tokens(tokens)
        return np.fromiter(map(self._ids.get, tokens, repeat(self.unk_id)), dtype=np.int32, count=len(tokens))

    def decode(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """The tokens of the ids of one sequence; specials come back as they are spelled.

        Raises:
            InputError: if `ids` is not one sequence of integers, or one of them is no id of this vocabulary.
        """
        try:
            array = np.asarray(ids)
        except ValueError as error:  # NumPy has no array for lists of unequal lengths
            raise InputError("`ids` must be one sequence. Received: a nested one. Decode row by row.") from error
        if array.ndim != 1 or (array.size and not np.issubdtype(array.dtype, np.integer)):
            raise InputError(
                f"`ids` must be one sequence of integers. Received: shape {array.shape}, dtype {array.dtype}. "
                "Decode a batch row by row."
            )
        outside = np.flatnonzero((array < 0) | (array >= len(self)))
        if outside.size:
            position = int(outside[0])
            raise InputError(
                f"`ids` must lie between 0 and {len(self) - 1}. Received: {array[position]} at position {position}. "
                "Use the vocabulary they were encoded with, and drop padded targets (-1) first."
            )
        return [self._tokens[i] for i in array.tolist()]

    def __len__(self) -> int:
        """The number of ids, the specials included: the size of an embedding."""
        return len(self._tokens)

    def __contains__(self, token: object) -> bool:
        """Whether `encode` knows the token; false for the spelling of a special one."""
        return token in self._ids

    def __eq__(self, other: object) -> bool:
        return self._tokens == other._tokens if isinstance(other, Vocabulary) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._tokens)

    def __repr__(self) -> str:
        return f"<Vocabulary of {len(self)} tokens>"

    def to_json(self) -> dict[str, Any]:
        """What `save` writes: a format name, its version, and all tokens in the order of their ids."""
        return {"format": FORMAT, "version": VERSION, "tokens": list(self._tokens)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Vocabulary":
        """The vocabulary whose `to_json` gave `stored`, which may come from a file of unknown origin.

        Raises:
            InputError: if anything in it is not as `to_json` writes it.
        """
        if not isinstance(stored, dict) or stored.get("format") != FORMAT:
            raise InputError(
                f"Expected a vocabulary: an object with 'format': {FORMAT!r}. Received: {reprlib.repr(stored)}."
            )
        if set(stored) != {"format", "version", "tokens"}:
            raise InputError(f"Expected the keys format, version, tokens. Received: {reprlib.repr(list(stored))}.")
        version, tokens = stored["version"], stored["tokens"]
        if type(version) is not int or version != VERSION:  # `True == 1`
            raise InputError(
                f"Expected version {VERSION} of the format. Received: {reprlib.repr(version)}. Update seqkit."
            )
        if not isinstance(tokens, list) or tuple(tokens[: len(cls.SPECIALS)]) != cls.SPECIALS:
            raise InputError(
                f"Expected tokens: a list that begins with {', '.join(cls.SPECIALS)}. Received: {reprlib.repr(tokens)}."
            )
        return cls(tokens[len(cls.SPECIALS) :])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a JSON file, one token a line; a file already there is replaced whole or not at all."""
        write_atomically(path, json.dumps(self.to_json(), ensure_ascii=False, indent=0))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Vocabulary":
        """Reads a file that `save` wrote; nothing in it is taken on trust.

        Raises:
            InputError: naming the file and what is wrong, if it is missing, damaged, too large or no vocabulary.
        """
        pieces: list[str] = []
        size = 0
        for piece in stream_text(path):
            size += len(piece)
            if size > LARGEST_FILE:
                raise InputError(f"{path}: more than {LARGEST_FILE} characters, too many for a vocabulary.")
            pieces.append(piece)
        try:
            return cls.from_json(json.loads("".join(pieces)))
        except InputError as error:
            raise InputError(f"{path}: {error} Save it again with `Vocabulary.save`.") from error
        except (ValueError, RecursionError) as error:  # ValueError: text that breaks off, a number of 5000 digits
            raise InputError(f"{path}: no readable JSON ({error}). Save it again with `Vocabulary.save`.") from error


def _has_utf8(token: str) -> bool:
    try:
        token.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
