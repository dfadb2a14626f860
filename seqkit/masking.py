"""Targets that count and targets that do not."""

from typing import Any

from keras import ops

__all__ = ["PADDED_TARGET", "valid_targets"]

# The value of a target that is not there. Ids start at 0, so no real target can have it.
PADDED_TARGET = -1


def valid_targets(targets: Any) -> Any:
    """Says for each target whether it counts.

    Args:
        targets: Integers of any shape; -1 marks padding.

    Returns:
        Booleans of the same shape.

    Example:

    >>> ops.convert_to_numpy(valid_targets(ops.array([[4, 0, -1]]))).tolist()
    [[True, True, False]]
    """
    return ops.not_equal(targets, PADDED_TARGET)
