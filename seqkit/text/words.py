"""One token a word."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from seqkit.checks import InputError
from seqkit.text.inputs import check_text, check_tokens
from seqkit.text.tokenizer import Tokenizer


@dataclass(frozen=True)
class WordTokenizer(Tokenizer):
    """Splits a text into words.

    With `punctuation`, a word is a run of letters, digits and underscores; apostrophes inside it belong to it, and
    every other character but whitespace is a token of its own. Combining marks stay with the character before them, so
    that accents in decomposed form and the vowel signs of Indic and Thai scripts do not break a word. Without
    `punctuation`, a word is whatever stands between whitespace: the choice for a corpus that comes tokenised.

    With `newlines`, the end of a line is a token as well, so that a model can learn where lines end.

    `join` puts one space between tokens, and none beside a newline; it is the inverse of `split` up to whitespace. A
    language written without spaces is better served by the levels `char` and `byte`.

    Args:
        punctuation: Whether punctuation marks are tokens of their own.
        newlines: Whether each newline is a token.

    Raises:
        InputError: if an argument is not a bool or the text is not a string.

    Example:

    >>> WordTokenizer().split("Don't stop, René!")
    ["Don't", 'stop', ',', 'René', '!']
    >>> WordTokenizer().spans("Don't stop,")
    [(0, 5), (6, 10), (10, 11)]
    >>> WordTokenizer(punctuation=False).split("Don't stop, René!")
    ["Don't", 'stop,', 'René!']
    >>> WordTokenizer(newlines=True).split("To be,\\nor not")
    ['To', 'be', ',', '\\n', 'or', 'not']
    """

    level: ClassVar[str] = "word"
    punctuation: bool = True
    newlines: bool = False

    def __post_init__(self) -> None:
        for name in ("punctuation", "newlines"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"`{name}` must be True or False. Received: {name}={getattr(self, name)!r}.")

    def split(self, text: str) -> list[str]:
        return _pattern(self.punctuation, self.newlines).findall(check_text(text))

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in _pattern(self.punctuation, self.newlines).finditer(check_text(text))]

    def join(self, tokens: Iterable[str]) -> str:
        tokens = list(tokens)
        check_tokens(tokens)
        return re.sub(" ?\n ?", "\n", " ".join(tokens))

    def pieces(self, tokens: Iterable[str]) -> Iterator[str]:
        before = "\n"  # no space ahead of the first one
        for number, token in enumerate(tokens):
            check_tokens([token], number)
            yield token if "\n" in (before, token) else f" {token}"
            before = token

    def cut(self, text: str) -> int:
        # Only whitespace is safe from both sides: after "don" may come "'t", after "e" a combining accent.
        if not check_text(text) or text[-1].isspace():
            return len(text)
        return len(text) - len(text.rsplit(maxsplit=1)[-1])


@cache
def _pattern(punctuation: bool, newlines: bool) -> re.Pattern[str]:
    # `\S` and `str.split` agree on what is whitespace; a test goes through all of Unicode.
    words = _words_and_marks() if punctuation else r"\S+"
    return re.compile(rf"\n|{words}" if newlines else words)


@cache
def _words_and_marks() -> str:
    """Words with their inner apostrophes, or single other characters; either with the combining marks that follow."""
    # Built on first use, because going through Unicode takes a moment and `import seqkit` shall not.
    marks = _combining_marks()
    word = rf"\w[\w{marks}]*"
    return rf"{word}(?:['\u2019]{word})*|[^\w\s][{marks}]*"


def _combining_marks() -> str:
    """All characters of the categories Mn, Mc and Me, as ranges for a regular expression; `re` has no name for them."""
    ranges: list[list[int]] = []
    for point in range(sys.maxunicode + 1):
        if unicodedata.category(chr(point)).startswith("M"):
            if ranges and ranges[-1][1] == point - 1:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
