"""Random sampling: independent windows in shuffled order."""

from typing import Any

import numpy as np

from seqkit.checks import check_nonnegative_int, check_positive_int
from seqkit.data.permutation import Permutation
from seqkit.data.windows import Windows


class RandomWindows(Windows):
    """Random sampling: every epoch discards a new random offset, then reads non-overlapping windows in shuffled order.

    Row k of epoch e holds the tokens from `offset(e) + window * order_e[k]` on. Each window starts from zero state. The
    last window of the corpus and the last batch may be partial; what is missing counts for nothing (targets -1).

    Args:
        tokens: The corpus: an array of ids or a `TokenFile`.
        window: Positive integer. Tokens in a window.
        batch: Positive integer. Windows in a batch.
        seed: Non-negative integer. The same seed gives the same batches.
        context_only: Ids that are read but never predicted.

    Yields: `(ids, targets)`, both `(batch, window)` int32.

    Raises:
        InputError: if an argument is outside the values named above or the corpus is shorter than one window.

    Example:

    >>> windows = RandomWindows(np.arange(11), window=2, batch=5, seed=0)
    >>> ids, targets = windows.batch_at(epoch=0, position=0)
    >>> bool(np.all(targets[targets != -1] == ids[targets != -1] + 1))
    True

    References: Zhang et al., Dive into Deep Learning, section 9.3 (partitioning sequences).
    """

    def __init__(
        self, tokens: Any, *, window: int, batch: int, seed: int = 0, context_only: tuple[int, ...] = ()
    ) -> None:
        super().__init__(tokens, window=window, context_only=context_only)
        self.batch = check_positive_int("batch", batch)
        self.seed = check_nonnegative_int("seed", seed)

    @property
    def steps_per_epoch(self) -> int:
        # As many as offset 0 needs. A larger offset can cost a window; epochs of different length would have no
        # cardinality, so the last batch may then hold padding only, and adds nothing to the gradient.
        windows = -(-(len(self.tokens) - 1) // self.window)
        return -(-windows // self.batch)

    def offset(self, epoch: int) -> int:
        """Number of tokens that `epoch` discards at the start of the corpus."""
        return int(np.random.default_rng((self.seed, epoch, 0)).integers(self.window))

    def batch_at(self, epoch: int, position: int) -> tuple[np.ndarray, np.ndarray]:
        offset = self.offset(epoch)
        targets = len(self.tokens) - 1
        order = Permutation(-(-(targets - offset) // self.window), seed=(self.seed, epoch, 1))
        rows = np.arange(position * self.batch, min((position + 1) * self.batch, len(order)))
        # Rows that are not there start at the end of the corpus and so predict nothing.
        starts = np.full(self.batch, targets)
        starts[: len(rows)] = offset + order[rows] * self.window
        return self._cut(starts, np.full(self.batch, targets))

    def _signature(self) -> tuple:
        import tensorflow as tf

        spec = tf.TensorSpec((self.batch, self.window), tf.int32)
        return spec, spec
