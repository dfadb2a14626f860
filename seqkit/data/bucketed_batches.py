"""Sequences of similar length, batch by batch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
from seqkit.data.batches import Batches
from seqkit.data.bucket_lengths import bucket_lengths
from seqkit.data.permutation import Permutation
from seqkit.masking import PADDED_TARGET


class BucketedBatches(Batches):
    """Batches of sequences of similar length, each padded to one of few static shapes.

    Every sequence comes exactly once an epoch. With a `seed` the sequences of a bucket are shuffled anew every epoch,
    and so is the order of the batches; without one they come bucket by bucket, in order. Which batch comes at (epoch,
    position) is a pure function of the arguments. The last batch of a bucket is filled up with rows of length 0, whose
    targets are -1.

    Args:
        inputs: Name -> one array a sequence, its first axis time: `(time,)`, or `(time, characters)`. They are padded
            with 0 on the right.
        targets: One integer a step of each sequence, arrays `(time,)`; or one integer a sequence.
        batch: Rows in a batch; give this or `batch_tokens`.
        batch_tokens: Tokens in a batch, padding included: short sequences then come in batches of more rows.
        shapes: How many lengths to pad to at most; `bucket_lengths` chooses them.
        seed: Non-negative integer. The same seed gives the same batches; `None` does not shuffle.

    Yields: `(inputs, targets)`: a dict of `(batch, time)` or `(batch, time, characters)` int32, and `(batch, time)` or
        `(batch,)` int32.

    Raises:
        InputError: if an argument is outside the values named above, or inputs and targets are of unlike lengths.

    Example:

    >>> words = [np.array([4, 5]), np.array([6]), np.array([4, 5, 6, 7])]
    >>> batches = BucketedBatches({"words": words}, [1, 0, 1], batch=2, shapes=2)
    >>> inputs, targets = batches.batch_at(epoch=0, position=0)
    >>> inputs["words"].tolist(), targets.tolist(), round(batches.waste, 3)
    ([[4, 5], [6, 0]], [1, 0], 0.417)
    """

    def __init__(
        self,
        inputs: Mapping[str, Sequence[np.ndarray]],
        targets: Sequence[np.ndarray] | Sequence[int] | np.ndarray,
        *,
        batch: int | None = None,
        batch_tokens: int | None = None,
        shapes: int = 8,
        seed: int | None = None,
    ) -> None:
        if (batch is None) == (batch_tokens is None):
            raise InputError(
                "Give `batch` (rows) or `batch_tokens` (tokens, padding included), one of the two. "
                f"Received: batch={batch!r}, batch_tokens={batch_tokens!r}."
            )
        self.batch = None if batch is None else check_positive_int("batch", batch)
        self.batch_tokens = None if batch_tokens is None else check_positive_int("batch_tokens", batch_tokens)
        self.seed = None if seed is None else check_nonnegative_int("seed", seed)
        if not inputs or not len(next(iter(inputs.values()))):
            raise InputError(f"`inputs` must hold at least one sequence. Received: {dict(inputs)!r}.")
        first = next(iter(inputs.values()))
        self.lengths = np.array([len(row) for row in first], np.int64)
        self._inputs = {name: _Rows(name, rows, self.lengths) for name, rows in inputs.items()}
        self._targets = _Targets(targets, self.lengths)
        self.bounds = bucket_lengths(self.lengths, shapes)
        bucket = np.searchsorted(self.bounds, self.lengths)
        self._members = [np.flatnonzero(bucket == k) for k in range(len(self.bounds))]
        self._rows = [self._rows_of(bound) for bound in self.bounds]
        counts = [-(-len(members) // rows) for members, rows in zip(self._members, self._rows, strict=True)]
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def _rows_of(self, bound: int) -> int:
        if self.batch_tokens is not None:
            return max(1, self.batch_tokens // bound)
        return check_positive_int("batch", self.batch)

    @property
    def steps_per_epoch(self) -> int:
        return int(self._starts[-1])

    @property
    def waste(self) -> float:
        """The share of an epoch's tokens that is padding, rows that only fill up a batch included."""
        padded = sum(
            (stop - start) * rows * bound
            for start, stop, rows, bound in zip(
                self._starts[:-1], self._starts[1:], self._rows, self.bounds, strict=True
            )
        )
        return 1 - float(self.lengths.sum()) / float(padded)

    def members_at(self, epoch: int, position: int) -> tuple[np.ndarray, int, int]:
        """Which sequences stand in a batch, how many rows it has and to what length they are padded."""
        number = position
        if self.seed is not None:
            order = Permutation(self.steps_per_epoch, seed=(self.seed, epoch, 0))
            number = int(order[np.array([position])][0])
        bucket = int(np.searchsorted(self._starts, number, side="right")) - 1
        members, rows = self._members[bucket], self._rows[bucket]
        first = (number - int(self._starts[bucket])) * rows
        places = np.arange(first, min(first + rows, len(members)))
        if self.seed is not None:
            places = Permutation(len(members), seed=(self.seed, epoch, 1, bucket))[places]
        return members[places], rows, self.bounds[bucket]

    def batch_at(self, epoch: int, position: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        members, rows, bound = self.members_at(epoch, position)
        inputs = {name: column.padded(members, rows, bound) for name, column in self._inputs.items()}
        return inputs, self._targets.padded(members, rows, bound)

    def _signature(self) -> tuple:
        import tensorflow as tf

        inputs = {name: tf.TensorSpec((None, None, *column.inner), tf.int32) for name, column in self._inputs.items()}
        return inputs, tf.TensorSpec((None,) * (1 + self._targets.by_step), tf.int32)


class _Rows:
    """Sequences end to end in one array, with the place where each begins."""

    def __init__(self, name: str, rows: Sequence[np.ndarray], lengths: np.ndarray, fill: int = 0) -> None:
        found = np.array([len(row) for row in rows], np.int64)
        if len(found) != len(lengths) or (found != lengths).any():
            where = next((k for k, (a, b) in enumerate(zip(found, lengths, strict=False)) if a != b), len(lengths))
            raise InputError(
                f"`{name}` must have as many sequences, of the same lengths, as the first input. "
                f"Received: {len(found)} and {len(lengths)} sequences, the first unlike one at {where}."
            )
        self.inner = tuple(rows[0].shape[1:])
        self.fill = fill
        self._flat = np.concatenate([np.asarray(row, np.int32) for row in rows])
        self._starts = np.concatenate([[0], np.cumsum(lengths)])

    def padded(self, members: np.ndarray, rows: int, bound: int) -> np.ndarray:
        out = np.full((rows, bound, *self.inner), self.fill, np.int32)
        for row, member in enumerate(members):
            start, stop = self._starts[member], self._starts[member + 1]
            out[row, : stop - start] = self._flat[start:stop]
        return out


class _Targets:
    """One target a step, or one a sequence."""

    def __init__(self, targets: Any, lengths: np.ndarray) -> None:
        self.by_step = bool(len(targets)) and np.ndim(targets[0]) == 1
        if self.by_step:
            self._rows = _Rows("targets", targets, lengths, fill=PADDED_TARGET)
            return
        self._single = np.asarray(targets, np.int32)
        if self._single.shape != lengths.shape:
            raise InputError(
                "`targets` must hold one integer a sequence, or one a step. "
                f"Received: shape {self._single.shape} for {len(lengths)} sequences."
            )

    def padded(self, members: np.ndarray, rows: int, bound: int) -> np.ndarray:
        if self.by_step:
            return self._rows.padded(members, rows, bound)
        out = np.full(rows, PADDED_TARGET, np.int32)
        out[: len(members)] = self._single[members]
        return out
