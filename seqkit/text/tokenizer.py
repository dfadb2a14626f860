"""What every tokenizer can do."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar


@dataclasses.dataclass(frozen=True)
class Tokenizer(ABC):
    """Cuts a text into tokens and puts tokens together again.

    A subclass is a frozen dataclass whose fields are its arguments, so tokenizers with the same arguments are equal. It
    holds no vocabulary: tokens are strings, and `Vocabulary` gives them ids.
    """

    level: ClassVar[str]

    @abstractmethod
    def split(self, text: str) -> list[str]:
        """The tokens of `text`, in order."""

    @abstractmethod
    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each token of `split(text)` stands in `text`: character offsets, the end not included."""

    @abstractmethod
    def join(self, tokens: Iterable[str]) -> str:
        """The text these tokens spell."""

    @abstractmethod
    def pieces(self, tokens: Iterable[str]) -> Iterator[str]:
        """What `join` spells, a piece for each token as it arrives.

        A piece is empty while a character is not whole yet; what never becomes one is spelled when the tokens end.
        """

    @abstractmethod
    def cut(self, text: str) -> int:
        """A position in `text`, as late as can be told, where cutting changes no token.

        This holds whatever stands before and after `text`: it may be a chunk from the middle of a file. 0 says that
        there is no such position.
        """

    def get_config(self) -> dict[str, Any]:
        """The level and the arguments, ready for JSON; `tokenizer_from_config` reads it."""
        return {"level": self.level, **dataclasses.asdict(self)}
