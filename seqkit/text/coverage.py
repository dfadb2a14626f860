"""How well a vocabulary covers a corpus."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from seqkit.checks import InputError
from seqkit.text.counting import count_tokens, most_frequent
from seqkit.text.vocabulary import Vocabulary

SHOWN = 10  # unknown tokens


class Lengths(NamedTuple):
    """Quantiles of the lengths of the sequences; between two lengths, on the straight line."""

    min: float
    p25: float
    median: float
    p75: float
    p95: float
    max: float


@dataclass(frozen=True)
class Coverage:
    """What `coverage` found; `print` shows it, `to_dict` makes it JSON.

    Args:
        sequences: How many sequences there are.
        tokens: How many tokens they hold together.
        unknown: How many of these `encode` turns into `<unk>`.
        lengths: Quantiles of the lengths.
        most_frequent_unknown: The ten most frequent unknown tokens with their counts; equals by code point.
    """

    sequences: int
    tokens: int
    unknown: int
    lengths: Lengths
    most_frequent_unknown: tuple[tuple[str, int], ...]

    @property
    def unknown_rate(self) -> float:
        """The out-of-vocabulary rate: unknown tokens / tokens."""
        return self.unknown / self.tokens

    def to_dict(self) -> dict[str, Any]:
        return {
            "sequences": self.sequences,
            "tokens": self.tokens,
            "unknown": self.unknown,
            "unknown_rate": self.unknown_rate,
            "lengths": self.lengths._asdict(),
            "most_frequent_unknown": [list(item) for item in self.most_frequent_unknown],
        }

    def __str__(self) -> str:
        names = ("min", "25 %", "median", "75 %", "95 %", "max")
        lines = [
            f"{self.sequences} sequences, {self.tokens} tokens, {self.unknown} unknown ({self.unknown_rate:.2%})",
            "lengths: " + ", ".join(f"{name} {length:g}" for name, length in zip(names, self.lengths, strict=True)),
        ]
        if self.most_frequent_unknown:
            lines.append("unknown: " + ", ".join(f"{token!r} {count}" for token, count in self.most_frequent_unknown))
        return "\n".join(lines)


def coverage(vocabulary: Vocabulary, sequences: Iterable[Sequence[str]]) -> Coverage:
    """Measures how much of a corpus a vocabulary knows and how long its sequences are.

    Args:
        vocabulary: The vocabulary.
        sequences: The tokens of each sequence, as a stream of any length.

    Raises:
        InputError: if there is no sequence, or no token in any of them; if a token is not a string.

    Example:

    >>> print(coverage(Vocabulary("abr"), ["abra", "cadabra"]))
    2 sequences, 11 tokens, 2 unknown (18.18%)
    lengths: min 4, 25 % 4.75, median 5.5, 75 % 6.25, 95 % 6.85, max 7
    unknown: 'c' 1, 'd' 1
    """
    if isinstance(sequences, str):
        raise InputError("`sequences` must be several sequences of tokens. Received: one string. Put it into a list.")
    lengths: list[int] = []
    counts = count_tokens(_flatten(sequences, lengths))
    if not counts:
        raise InputError(
            "`sequences` must hold at least one token. "
            f"Received: {len(lengths)} sequences, all of them empty. Check what was read."
        )
    unknown = Counter({token: count for token, count in counts.items() if token not in vocabulary})
    return Coverage(
        sequences=len(lengths),
        tokens=counts.total(),
        unknown=unknown.total(),
        lengths=Lengths(*np.quantile(lengths, (0, 0.25, 0.5, 0.75, 0.95, 1)).tolist()),
        most_frequent_unknown=tuple(most_frequent(unknown)[:SHOWN]),
    )


def _flatten(sequences: Iterable[Sequence[str]], lengths: list[int]) -> Iterator[str]:
    """The tokens of all sequences; notes the length of each in passing, so that one reading suffices."""
    for sequence in sequences:
        lengths.append(len(sequence))
        yield from sequence
