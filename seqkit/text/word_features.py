"""What a tagger sees of a word: itself, its characters and its shape."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqkit.checks import InputError, check_positive_int
from seqkit.text.counting import count_tokens
from seqkit.text.inputs import check_tokens
from seqkit.text.vocabulary import Vocabulary
from seqkit.text.word_shape import word_shape

__all__ = ["WordFeatures"]

_FIELDS = ("words", "characters", "shapes", "longest", "first_rare")


@dataclass(frozen=True)
class WordFeatures:
    """What a tagger sees of a word: itself in small letters, its characters as they stand, and its shape.

    Words are looked up in small letters and with 0 for every digit, so that 'The' and 'the', 1996 and 1997, share a
    vector; capitals and digits are seen by the characters and the shape.

    Args:
        words: Vocabulary of the words so written.
        characters: Vocabulary of the characters.
        shapes: Vocabulary of the shapes, see `word_shape`.
        longest: Characters of a word that are read; of a longer one, the first and the last.
        first_rare: Id of the first rare word, for `RareWordDropout`.

    Example:

    >>> features = WordFeatures.build([["Ann", "met", "ann"], ["1996"]], rare_count=1, longest=4)
    >>> found = features.encode(["ANN", "in", "1997"])
    >>> features.words.decode(found["words"])
    ['ann', '<unk>', '0000']
    >>> found["characters"].shape, features.first_rare
    ((3, 4), 5)
    """

    words: Vocabulary
    characters: Vocabulary
    shapes: Vocabulary
    longest: int
    first_rare: int

    def __post_init__(self) -> None:
        check_positive_int("longest", self.longest)
        check_positive_int("first_rare", self.first_rare)

    @classmethod
    def build(
        cls, sentences: Iterable[Sequence[str]], *, min_count: int = 1, rare_count: int = 3, longest: int = 20
    ) -> "WordFeatures":
        """The features of a training set.

        Args:
            sentences: The tokens of each sentence.
            min_count: Occurrences below which a word is unknown.
            rare_count: Occurrences up to which a word is rare.
            longest: Characters of a word that are read.

        Raises:
            InputError: if there is no token, or an argument is not a positive integer.
        """
        check_positive_int("rare_count", rare_count)
        sentences = [list(sentence) for sentence in sentences]
        written = [_written(token) for sentence in sentences for token in sentence]
        words, counts = Vocabulary.build(written, min_count=min_count), count_tokens(written)
        common = sum(counts[word] > rare_count for word in words.tokens[len(Vocabulary.SPECIALS) :])
        return cls(
            words,
            Vocabulary.build(character for sentence in sentences for token in sentence for character in token),
            Vocabulary.build(word_shape(token) for sentence in sentences for token in sentence),
            longest,
            len(Vocabulary.SPECIALS) + common,  # the vocabulary begins with the most frequent
        )

    def encode(self, tokens: Sequence[str]) -> dict[str, np.ndarray]:
        """The ids of one sentence: 'words' and 'shapes' `(time,)`, 'characters' `(time, longest)` padded with 0."""
        tokens = list(tokens)
        check_tokens(tokens)
        characters = np.zeros((len(tokens), self.longest), np.int32)
        for row, token in zip(characters, tokens, strict=True):
            ids = self.characters.encode(_cut(token, self.longest))
            row[: len(ids)] = ids
        return {
            "words": self.words.encode([_written(token) for token in tokens]),
            "characters": characters,
            "shapes": self.shapes.encode([word_shape(token) for token in tokens]),
        }

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON."""
        vocabularies = {name: getattr(self, name).to_json() for name in ("words", "characters", "shapes")}
        return {**vocabularies, "longest": self.longest, "first_rare": self.first_rare}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "WordFeatures":
        """The features whose `to_json` gave `stored`, which may come from a file of unknown origin.

        Raises:
            InputError: if anything in it is not as `to_json` writes it.
        """
        if not isinstance(stored, dict) or sorted(stored) != sorted(_FIELDS):
            raise InputError(f"Expected word features: an object with {', '.join(_FIELDS)}.")
        words, characters, shapes = (Vocabulary.from_json(stored[name]) for name in ("words", "characters", "shapes"))
        return cls(words, characters, shapes, stored["longest"], stored["first_rare"])


def _written(token: str) -> str:
    return "".join("0" if character.isdigit() else character for character in token).lower()


def _cut(token: str, longest: int) -> str:
    """The first and the last characters of a word that is too long: its ending says most."""
    if len(token) <= longest:
        return token
    last = longest // 2
    return token[: longest - last] + token[len(token) - last :]
