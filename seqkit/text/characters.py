"""One token a character."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from seqkit.text.inputs import check_text, check_tokens
from seqkit.text.tokenizer import Tokenizer


@dataclass(frozen=True)
class CharTokenizer(Tokenizer):
    r"""Splits a text into its characters (Unicode code points).

    `join` is the exact inverse of `split`. An accent written as a combining mark, or an emoji made of several code
    points, is as many tokens.

    Raises:
        InputError: if the text is not a string.

    Example:

    >>> tokenizer = CharTokenizer()
    >>> tokenizer.split("né\n")
    ['n', 'é', '\n']
    >>> tokenizer.spans("né")
    [(0, 1), (1, 2)]
    """

    level: ClassVar[str] = "char"

    def split(self, text: str) -> list[str]:
        return list(check_text(text))

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [(start, start + 1) for start in range(len(check_text(text)))]

    def join(self, tokens: Iterable[str]) -> str:
        tokens = list(tokens)
        check_tokens(tokens)
        return "".join(tokens)

    def pieces(self, tokens: Iterable[str]) -> Iterator[str]:
        for number, token in enumerate(tokens):
            check_tokens([token], number)
            yield token

    def cut(self, text: str) -> int:
        return len(check_text(text))
