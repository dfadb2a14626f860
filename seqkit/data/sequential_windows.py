"""Sequential partitioning: parallel streams read in order."""

from typing import Any

import numpy as np

from seqkit.checks import InputError, check_positive_int
from seqkit.data.windows import Windows


class SequentialWindows(Windows):
    """Sequential partitioning: the corpus is cut into parallel streams, read in order, so that state can carry over.

    Stream s predicts the targets from `s * n // streams` to `(s + 1) * n // streams` of the n there are; lengths differ
    by at most one, and every target is met exactly once an epoch. `start` says that a window begins its stream: there
    the state of the one before must not be carried over.

    Args:
        tokens: The corpus: an array of ids or a `TokenFile`.
        window: Positive integer. Tokens in a window.
        streams: Positive integer. Parallel streams, which are the rows of every batch.
        context_only: Ids that are read but never predicted.

    Yields: `({"ids": (streams, window) int32, "start": (streams,) bool}, targets (streams, window) int32)`.

    Raises:
        InputError: if an argument is outside the values named above, the corpus is shorter than one window, or there
            are more streams than targets.

    Example:

    >>> windows = SequentialWindows(np.arange(9), window=2, streams=2)
    >>> inputs, targets = windows.batch_at(epoch=0, position=1)
    >>> inputs["ids"].tolist(), inputs["start"].tolist(), targets.tolist()
    ([[2, 3], [6, 7]], [False, False], [[3, 4], [7, 8]])

    References: Zhang et al., Dive into Deep Learning, section 9.3 (partitioning sequences).
    """

    def __init__(self, tokens: Any, *, window: int, streams: int, context_only: tuple[int, ...] = ()) -> None:
        super().__init__(tokens, window=window, context_only=context_only)
        self.streams = check_positive_int("streams", streams)
        targets = len(tokens) - 1
        if streams > targets:
            raise InputError(
                "`streams`, the rows of a batch, must be at most the number of targets. "
                f"Received: streams={streams}, {targets} targets. "
                "Use fewer streams or more text."
            )
        self._borders = np.arange(streams + 1) * targets // streams

    @property
    def begins(self) -> np.ndarray:
        """The target with which each stream begins, counted from 0, `(streams,)`."""
        return self._borders[:-1]

    @property
    def steps_per_epoch(self) -> int:
        return int(-(-np.diff(self._borders).max() // self.window))

    def batch_at(self, epoch: int, position: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        del epoch  # every epoch reads the same
        stops = self._borders[1:]
        starts = np.minimum(self._borders[:-1] + position * self.window, stops)
        ids, targets = self._cut(starts, stops)
        return {"ids": ids, "start": np.full(self.streams, position == 0)}, targets

    def _signature(self) -> tuple:
        import tensorflow as tf

        spec = tf.TensorSpec((self.streams, self.window), tf.int32)
        return {"ids": spec, "start": tf.TensorSpec((self.streams,), tf.bool)}, spec
