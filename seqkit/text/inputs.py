"""The two argument checks this room shares: a text, and the tokens of one sequence."""

import reprlib
from collections.abc import Sequence
from typing import Any

from seqkit.checks import InputError


def check_text(text: Any) -> str:
    """Returns `text` if it is a string; bytes and lists would otherwise be split into something plausible and wrong."""
    if not isinstance(text, str):
        raise InputError(
            f"`text` must be one string. Received: {type(text).__name__}. "
            "Decode bytes first, and pass the texts of a list one by one."
        )
    return text


def check_tokens(tokens: Sequence[Any], start: int = 0) -> None:
    """Refuses tokens that are not strings.

    Args:
        tokens: The tokens, or a stretch of them.
        start: Position of the first one in the whole, for the message.
    """
    # Looking at the few types instead of every token keeps this a small part of the time `encode` takes.
    if all(issubclass(kind, str) for kind in set(map(type, tokens))):
        return
    index, token = next((i, token) for i, token in enumerate(tokens) if not isinstance(token, str))
    raise InputError(
        f"`tokens` must be strings, in one flat sequence. Received: {reprlib.repr(token)} at position {start + index}. "
        "Split texts with a tokenizer, decode ids with a vocabulary, and join nested lists first."
    )
