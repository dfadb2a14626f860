"""What the two ways of cutting a corpus into windows share."""

import abc
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
from seqkit.data.window_sequence import WindowSequence
from seqkit.masking import PADDED_TARGET

if TYPE_CHECKING:
    import tensorflow as tf


class Windows(abc.ABC):
    """Windows over one long row of tokens, with the next token as the target of each.

    Which batch comes at (epoch, position) is a pure function of the arguments: nothing is replayed to get there. Every
    batch of a pipeline has the same static shape; where tokens run out, ids are filled with 0 and targets with -1.

    Args:
        tokens: The corpus: an array of ids or a `TokenFile`. The first token is read but never predicted; put `<bos>`
            there to predict all others.
        window: Positive integer. Tokens in a window.
        context_only: Ids that are read but never predicted, such as the `<bos>` between two documents. Their targets
            are -1.
    """

    def __init__(self, tokens: Any, *, window: int, context_only: tuple[int, ...] = ()) -> None:
        if isinstance(tokens, np.ndarray) and (tokens.ndim != 1 or tokens.dtype.kind not in "iu"):
            raise InputError(
                "`tokens` must be one row of integer ids. "
                f"Received: an array of {tokens.dtype}, shape {tokens.shape}. Encode the text with a vocabulary first."
            )
        self.tokens = tokens
        self.window = check_positive_int("window", window)
        self.context_only = tuple(context_only)
        if len(tokens) <= window:
            raise InputError(
                f"`window` must be smaller than the corpus. Received: window={window}, corpus of {len(tokens)} tokens. "
                "Use a smaller `window` or more text."
            )

    @property
    @abc.abstractmethod
    def steps_per_epoch(self) -> int:
        """Number of batches in an epoch, the same for every epoch."""

    @abc.abstractmethod
    def batch_at(self, epoch: int, position: int) -> tuple:
        """The batch at `position` of `epoch`, as NumPy arrays."""

    @abc.abstractmethod
    def _signature(self) -> tuple:
        """Shape and dtype of each array of a batch, nested as `_nest` nests them."""

    def batches(self, epochs: int = 1, *, epoch: int = 0, position: int = 0) -> Iterator[tuple]:
        """The batches from (epoch, position) to the end of the last of `epochs`, as NumPy arrays.

        Args:
            epochs: Positive integer. Number of epochs, counted from epoch 0.
            epoch: Epoch to start in.
            position: Batch of that epoch to start at.

        Raises:
            InputError: if the start does not lie within the epochs.
        """
        return (self.batch_at(*divmod(k, self.steps_per_epoch)) for k in range(*self._range(epochs, epoch, position)))

    def sequence(self, epochs: int = 1, *, epoch: int = 0, position: int = 0) -> WindowSequence:
        """The same batches for `fit` where there is no tensorflow, as on a machine with JAX alone.

        Give Keras `shuffle=False` and `steps_per_epoch=windows.steps_per_epoch`.

        Args:
            epochs: Positive integer. Number of epochs, counted from epoch 0.
            epoch: Epoch to start in.
            position: Batch of that epoch to start at.

        Raises:
            InputError: if the start does not lie within the epochs.
        """
        return WindowSequence(self, *self._range(epochs, epoch, position))

    def dataset(self, epochs: int = 1, *, epoch: int = 0, position: int = 0) -> "tf.data.Dataset":
        """The same batches as a `tf.data` pipeline of known cardinality, prefetched.

        Give Keras the length of an epoch: `model.fit(windows.dataset(epochs=5), epochs=5,
        steps_per_epoch=windows.steps_per_epoch)`.

        Args:
            epochs: Positive integer. Number of epochs, counted from epoch 0.
            epoch: Epoch to start in.
            position: Batch of that epoch to start at.

        Raises:
            InputError: if the start does not lie within the epochs.
        """
        import tensorflow as tf  # here, so that windows can be used where tensorflow is not

        def flat(k: Any) -> list[np.ndarray]:
            return tf.nest.flatten(self.batch_at(*divmod(int(k), self.steps_per_epoch)))

        signature = self._signature()
        kinds = [spec.dtype for spec in tf.nest.flatten(signature)]

        def batch(k: Any) -> Any:
            arrays = tf.numpy_function(flat, [k], kinds, stateful=False)
            for array, spec in zip(arrays, tf.nest.flatten(signature), strict=True):
                array.set_shape(spec.shape)
            return tf.nest.pack_sequence_as(signature, arrays)

        numbers = tf.data.Dataset.range(*self._range(epochs, epoch, position))
        return numbers.map(batch, num_parallel_calls=2, deterministic=True).prefetch(tf.data.AUTOTUNE)

    def feed(self, epochs: int = 1) -> Any:
        """What `fit` takes on the backend Keras runs on: `dataset` on TensorFlow, `sequence` elsewhere.

        Args:
            epochs: Positive integer. Number of epochs.
        """
        return self.dataset(epochs) if keras.backend.backend() == "tensorflow" else self.sequence(epochs)

    def _range(self, epochs: int, epoch: int, position: int) -> tuple[int, int]:
        check_positive_int("epochs", epochs)
        check_nonnegative_int("epoch", epoch)
        check_nonnegative_int("position", position)
        if epoch >= epochs or position >= self.steps_per_epoch:
            raise InputError(
                f"The start must lie within {epochs} epochs of {self.steps_per_epoch} batches. "
                f"Received: epoch={epoch}, position={position}."
            )
        return epoch * self.steps_per_epoch + position, epochs * self.steps_per_epoch

    def _cut(self, starts: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ids and targets `(len(starts), window)`; row r reads the tokens from starts[r] and predicts up to stops[r].

        A row predicts tokens starts[r] + 1 ... min(starts[r] + window, stops[r]).
        """
        ids = np.zeros((len(starts), self.window), np.int32)
        targets = np.full((len(starts), self.window), PADDED_TARGET, np.int32)
        for row, (start, stop) in enumerate(zip(starts, stops, strict=True)):
            piece = np.asarray(self.tokens[int(start) : int(min(start + self.window, stop) + 1)])
            if len(piece) > 1:
                ids[row, : len(piece) - 1] = piece[:-1]
                targets[row, : len(piece) - 1] = piece[1:]
        if self.context_only:
            targets[np.isin(targets, self.context_only)] = PADDED_TARGET
        return ids, targets
