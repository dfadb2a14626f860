"""What the ways of decoding ask of their arguments, and the numbers they make of them."""

import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from seqkit.checks import InputError


def check_ids(name: str, ids: np.ndarray, vocabulary: int) -> None:
    """Refuses ids that the model does not have."""
    if ids.size and (ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= vocabulary):
        raise InputError(f"`{name}` must hold ids in [0, {vocabulary}). Received: {ids.min()} to {ids.max()}.")


def prompt_ids(prompt: Sequence[int] | np.ndarray, vocabulary: int) -> np.ndarray:
    """One prompt as int32 `(time,)`; refused if it is empty or holds anything but ids."""
    ids = np.asarray(prompt)
    if ids.ndim != 1 or not len(ids) or ids.dtype.kind not in "iu":
        raise InputError(
            "`prompt` must hold at least one integer id. "
            f"Received: {reprlib.repr(prompt)}. An empty text is the prompt [<bos>]."
        )
    check_ids("prompt", ids, vocabulary)
    return ids.astype(np.int32)


def prompt_table(
    prompts: Sequence[Sequence[int] | np.ndarray], length: int, vocabulary: int
) -> tuple[np.ndarray, np.ndarray]:
    """Prompts as int32 `(batch, width)`, wide enough for `length` tokens more, and the length of each."""
    rows = [np.asarray(prompt) for prompt in prompts]
    if not rows or any(row.ndim != 1 or not len(row) or row.dtype.kind not in "iu" for row in rows):
        raise InputError(
            "`prompts` must hold at least one prompt of at least one integer id each. "
            f"Received: {reprlib.repr(prompts)}. An empty text is the prompt [<bos>]."
        )
    lengths = np.array([len(row) for row in rows], np.int32)
    tokens = np.zeros((len(rows), power_of_two(int(lengths.max()) + length)), np.int32)
    for number, row in enumerate(rows):
        tokens[number, : len(row)] = row
    check_ids("prompts", tokens, vocabulary)
    return tokens, lengths


def stop_id(stop: int | None, vocabulary: int) -> np.int32:
    """The id that ends a sequence; -1, which no token has, where there is none."""
    if stop is None:
        return np.int32(-1)
    check_ids("stop", np.array(stop), vocabulary)
    return np.int32(stop)


def allowed_logits(suppress: Sequence[int], vocabulary: int) -> np.ndarray:
    """What is added to logits so that no id of `suppress` is ever chosen: `(vocabulary,)`, 0 or -inf."""
    check_ids("suppress", np.array(list(suppress)), vocabulary)
    if len(set(suppress)) == vocabulary:
        raise InputError("`suppress` must leave a token to draw. Received: every id of the vocabulary.")
    allowed = np.zeros(vocabulary, np.float32)
    allowed[list(suppress)] = -np.inf
    return allowed


def check_instances(name: str, values: Sequence[Any], kind: type, example: str) -> tuple:
    """The values as a tuple, if each is a `kind`."""
    if isinstance(values, kind):
        raise InputError(f"`{name}` must be a tuple. Received: {values!r} alone. Write ({values!r},).")
    for value in values:
        if not isinstance(value, kind):
            raise InputError(f"`{name}` must hold a {kind.__name__} each, such as {example}. Received: {value!r}.")
    return tuple(values)


def random_numbers(source: np.random.Generator, time: int, batch: int) -> np.ndarray:
    """The next `(time, batch)` numbers in [0, 1): those of a step depend on the seed and the position alone.

    They are whole numbers of 2^-23: float32 holds them exactly, and each is less than 1 by enough for the sampler's
    sums.
    """
    return (source.integers(0, 2**23, size=(time, batch)) / 2**23).astype(np.float32)


def power_of_two(number: int) -> int:
    """The least power of two that is at least `number`."""
    return 1 << (number - 1).bit_length()
