"""How often each token of a stream occurs."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from seqkit.text.inputs import check_tokens

BATCH = 1 << 16


def count_tokens(tokens: Iterable[str]) -> Counter[str]:
    """Counts the tokens of a stream that need not fit in memory.

    Example:

    >>> count_tokens("banana").most_common(1)
    [('a', 3)]
    """
    counts: Counter[str] = Counter()
    stream = iter(tokens)
    seen = 0
    while batch := list(islice(stream, BATCH)):
        check_tokens(batch, start=seen)
        counts.update(batch)
        seen += len(batch)
    return counts


def most_frequent(counts: Counter[str]) -> list[tuple[str, int]]:
    """All tokens with their counts, the most frequent first, equals by code point, whatever order they came in."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
