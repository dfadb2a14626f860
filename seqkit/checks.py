"""Argument checks with uniform messages: subject, expectation, value received, way out."""

import math
from collections.abc import Sequence
from typing import Any

__all__ = [
    "InputError",
    "check_choice",
    "check_fraction",
    "check_nonnegative_int",
    "check_positive",
    "check_positive_int",
    "check_probability",
]


class InputError(ValueError):
    """A mistake the user can mend: the message says what is wrong, where, and what to do.

    Command lines print it without a traceback; everything else that is raised is a defect of ours and shows in full.
    """


def check_positive_int(name: str, value: Any) -> int:
    """Returns `value` if it is an integer of at least 1.

    Example:

    >>> check_positive_int("units", 3)
    3
    >>> check_positive_int("units", 0)
    Traceback (most recent call last):
    ...
    seqkit.checks.InputError: `units` must be an integer of at least 1. Received: units=0.
    """
    if not _is_int(value) or value < 1:
        raise InputError(f"`{name}` must be an integer of at least 1. Received: {name}={value!r}.")
    return value


def check_nonnegative_int(name: str, value: Any) -> int:
    """Returns `value` if it is an integer of at least 0."""
    if not _is_int(value) or value < 0:
        raise InputError(f"`{name}` must be an integer of at least 0. Received: {name}={value!r}.")
    return value


def check_positive(name: str, value: Any) -> float:
    """Returns `value` if it is a finite number above 0."""
    if not _is_number(value) or not value > 0 or math.isinf(value):
        raise InputError(f"`{name}` must be a finite number above 0. Received: {name}={value!r}.")
    return value


def check_nonnegative(name: str, value: Any) -> float:
    """Returns `value` if it is a finite number, 0 or above."""
    if not _is_number(value) or not value >= 0 or math.isinf(value):
        raise InputError(f"`{name}` must be a finite number, 0 or above. Received: {name}={value!r}.")
    return value


def check_fraction(name: str, value: Any) -> float:
    """Returns `value` if it lies in [0, 1), as a dropout rate does."""
    if not _is_number(value) or not 0 <= value < 1:
        raise InputError(f"`{name}` must lie in [0, 1). Received: {name}={value!r}.")
    return value


def check_probability(name: str, value: Any) -> float:
    """Returns `value` if it lies in (0, 1], as the mass kept by top-p sampling does."""
    if not _is_number(value) or not 0 < value <= 1:
        raise InputError(f"`{name}` must lie in (0, 1]. Received: {name}={value!r}.")
    return value


def check_choice(name: str, value: Any, choices: Sequence[Any]) -> Any:
    """Returns `value` if it is one of `choices`.

    Example:

    >>> check_choice("cell", "lstn", ("gru", "lstm"))
    Traceback (most recent call last):
    ...
    seqkit.checks.InputError: `cell` must be one of 'gru', 'lstm'. Received: cell='lstn'.
    """
    if value not in choices:
        raise InputError(f"`{name}` must be one of {', '.join(map(repr, choices))}. Received: {name}={value!r}.")
    return value


def _is_int(value: Any) -> bool:
    return hasattr(value, "__index__") and not _is_bool(value)


def _is_number(value: Any) -> bool:
    return (_is_int(value) or hasattr(value, "__float__")) and not _is_bool(value) and value == value


def _is_bool(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_")  # NumPy's own as well, without importing it
