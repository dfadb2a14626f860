"""Tokenizers by the name of their level."""

import dataclasses
import reprlib
from typing import Any

from seqkit.checks import InputError, check_choice
from seqkit.text.bytes import ByteTokenizer
from seqkit.text.characters import CharTokenizer
from seqkit.text.tokenizer import Tokenizer
from seqkit.text.words import WordTokenizer

_TOKENIZERS: dict[str, type[Tokenizer]] = {
    tokenizer.level: tokenizer for tokenizer in (CharTokenizer, WordTokenizer, ByteTokenizer)
}
LEVELS = tuple(_TOKENIZERS)


def tokenizer_for(level: str) -> Tokenizer:
    """The tokenizer of a level, with its default arguments.

    Args:
        level: One of `LEVELS`: char, word, byte.

    Raises:
        InputError: if there is no such level.

    Example:

    >>> tokenizer_for("word")
    WordTokenizer(punctuation=True, newlines=False)
    """
    return _TOKENIZERS[check_choice("level", level, LEVELS)]()


def tokenizer_from_config(config: dict[str, Any]) -> Tokenizer:
    """The tokenizer whose `get_config` gave `config`.

    Args:
        config: The level and exactly the arguments of its tokenizer. It may come from a file of unknown origin.

    Raises:
        InputError: if the level is unknown, if an argument is missing, unknown or of the wrong type.

    Example:

    >>> tokenizer_from_config({"level": "word", "punctuation": False, "newlines": False})
    WordTokenizer(punctuation=False, newlines=False)
    """
    if not isinstance(config, dict) or "level" not in config:
        raise InputError(f"`config` must be a dictionary with a 'level'. Received: {reprlib.repr(config)}.")
    kind = _TOKENIZERS[check_choice("level", config["level"], LEVELS)]
    expected = ["level", *(field.name for field in dataclasses.fields(kind))]
    if set(config) != set(expected):
        raise InputError(
            f"The config of a {kind.level!r} tokenizer must have the keys {', '.join(map(repr, expected))}. "
            f"Received: {reprlib.repr(list(config))}. Save it again with `get_config`."
        )
    # The constructor checks the type of each argument.
    return kind(**{name: value for name, value in config.items() if name != "level"})
