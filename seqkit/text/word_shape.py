"""How a word is written, whatever it says."""

from itertools import groupby


def word_shape(word: str) -> str:
    """Capitals, small letters, digits and the rest as X, x, d and themselves; a run counts as one or many.

    Example:

    >>> [word_shape(word) for word in ("Harry", "IBM", "B-52", "3.14", "x", "McNeil")]
    ['Xxx', 'XX', 'X-dd', 'd.dd', 'x', 'XxXxx']

    References: Collins 2002, section 3 (word features for named entities).
    """
    kinds = ("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word)
    return "".join(kind * min(len(list(run)), 2) for kind, run in groupby(kinds))
