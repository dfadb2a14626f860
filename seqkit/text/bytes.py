"""One token a byte."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from seqkit.checks import InputError
from seqkit.text.inputs import check_text, check_tokens
from seqkit.text.tokenizer import Tokenizer


@dataclass(frozen=True)
class ByteTokenizer(Tokenizer):
    r"""Splits a text into the bytes of its UTF-8 form.

    At most 256 different tokens spell every text there is, so nothing is ever unknown. The token for byte b is the
    one-character string `chr(b)`, which JSON can hold. All bytes of one character carry that character's span.

    `join` is the exact inverse of `split`. Bytes that are no valid UTF-8, such as a character that generation left
    half-finished, become U+FFFD.

    Raises:
        InputError: if the text is not a string or holds half of a surrogate pair, which has no UTF-8 form; if a token
            to join is not spelled with characters below 256.

    Example:

    >>> tokenizer = ByteTokenizer()
    >>> tokenizer.split("né")
    ['n', 'Ã', '©']
    >>> tokenizer.spans("né")
    [(0, 1), (1, 2), (1, 2)]
    >>> tokenizer.join(["n", "\xc3", "\xa9"])
    'né'
    """

    level: ClassVar[str] = "byte"

    def split(self, text: str) -> list[str]:
        # Latin-1 maps byte b to chr(b): the quickest way to one string a byte.
        return list(_utf8(text).decode("latin-1"))

    def spans(self, text: str) -> list[tuple[int, int]]:
        _utf8(text)
        return [(i, i + 1) for i, character in enumerate(text) for _ in character.encode("utf-8")]

    def join(self, tokens: Iterable[str]) -> str:
        return _bytes(list(tokens)).decode("utf-8", errors="replace")

    def pieces(self, tokens: Iterable[str]) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for number, token in enumerate(tokens):
            yield decoder.decode(_bytes([token], number))
        yield decoder.decode(b"", final=True)

    def cut(self, text: str) -> int:
        return len(check_text(text))


def _utf8(text: str) -> bytes:
    try:
        return check_text(text).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            "`text` must be encodable as UTF-8. "
            f"Received: a lone surrogate {text[error.start]!r} at position {error.start}. "
            "Read the text as strict UTF-8, for example with `read_text`."
        ) from error


def _bytes(tokens: list[str], start: int = 0) -> bytes:
    check_tokens(tokens, start)
    spelled = "".join(tokens)
    try:
        return spelled.encode("latin-1")
    except UnicodeEncodeError as error:
        raise InputError(
            "`tokens` must be bytes, each spelled chr(b) with b below 256. "
            f"Received: {spelled[error.start]!r}. Were they split at another level?"
        ) from error
