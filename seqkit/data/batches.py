"""What every way of making batches shares."""

import abc
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
from seqkit.data.batch_sequence import BatchSequence

if TYPE_CHECKING:
    import tensorflow as tf


class Batches(abc.ABC):
    """Batches of which each is a pure function of its place: nothing is replayed to get to (epoch, position).

    A kind of batches says how many an epoch has, what stands in each and of what shapes; this class feeds them to
    `fit`, as `tf.data` or without tensorflow.
    """

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

    def sequence(self, epochs: int = 1, *, epoch: int = 0, position: int = 0) -> BatchSequence:
        """The same batches for `fit` where there is no tensorflow, as on a machine with JAX alone.

        Give Keras `shuffle=False` and `steps_per_epoch=batches.steps_per_epoch`.

        Args:
            epochs: Positive integer. Number of epochs, counted from epoch 0.
            epoch: Epoch to start in.
            position: Batch of that epoch to start at.

        Raises:
            InputError: if the start does not lie within the epochs.
        """
        return BatchSequence(self, *self._range(epochs, epoch, position))

    def dataset(self, epochs: int = 1, *, epoch: int = 0, position: int = 0) -> "tf.data.Dataset":
        """The same batches as a `tf.data` pipeline of known cardinality, prefetched.

        Give Keras the length of an epoch: `model.fit(batches.dataset(epochs=5), epochs=5,
        steps_per_epoch=batches.steps_per_epoch)`.

        Args:
            epochs: Positive integer. Number of epochs, counted from epoch 0.
            epoch: Epoch to start in.
            position: Batch of that epoch to start at.

        Raises:
            InputError: if the start does not lie within the epochs.
        """
        import tensorflow as tf  # here, so that batches can be used where tensorflow is not

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
