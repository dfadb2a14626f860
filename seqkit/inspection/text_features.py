"""What a unit of a language model may follow."""

from collections.abc import Sequence

import numpy as np

from seqkit.checks import InputError

__all__ = ["FEATURES", "text_features"]

FEATURES = ("inside quotes", "bracket depth", "position in line", "position in word")
_OPENING, _CLOSING = "([{", ")]}"


def text_features(text: str, spans: Sequence[tuple[int, int]]) -> dict[str, np.ndarray]:
    """Four properties of a text, each as it stands when a token has just been read.

    'inside quotes' is 1 after an opening double quotation mark and 0 after the next closing one; straight marks open
    and close in turn. 'bracket depth' counts round, square and curly brackets that are open; one that closes nothing
    counts for nothing. 'position in line' counts characters since the last newline, 'position in word' those since the
    last white space.

    Args:
        text: The text.
        spans: Where each token stands in it, as `Tokenizer.spans` says.

    Returns:
        Each name of `FEATURES` -> float32 `(tokens,)`.

    Raises:
        InputError: if a token ends outside of the text.

    Example:

    >>> found = text_features("a (b", [(0, 1), (1, 2), (2, 3), (3, 4)])
    >>> found["bracket depth"].tolist(), found["position in word"].tolist()
    ([0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 2.0])

    References: Karpathy et al. 2015, figure 2.
    """
    ends = np.array([end for _, end in spans], np.int64)
    if len(ends) and not (ends.min() >= 1 and ends.max() <= len(text)):
        raise InputError(
            f"`spans` must end within the text, of {len(text)} characters. Received: ends from {ends.min()} to "
            f"{ends.max()}. Give the spans of this text."
        )
    after = np.zeros((len(text), len(FEATURES)), np.float32)
    quoted, depth, in_line, in_word = False, 0, 0, 0
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character in "“”":
            quoted = character == "“"
        depth = depth + 1 if character in _OPENING else max(depth - 1, 0) if character in _CLOSING else depth
        in_line = 0 if character == "\n" else in_line + 1
        in_word = 0 if character.isspace() else in_word + 1
        after[place] = quoted, depth, in_line, in_word
    return {name: after[ends - 1, number] for number, name in enumerate(FEATURES)}
