"""Batches as Keras's own kind of dataset."""

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from seqkit.data.batches import Batches


class BatchSequence(keras.utils.PyDataset):
    """Batches from one place on, as a `keras.utils.PyDataset`; `Batches.sequence` makes one.

    Args:
        batches: The batches.
        first: Number of the first batch, counted over all epochs.
        last: Number of the batch at which it ends.

    Example:

    >>> from seqkit.data import RandomWindows
    >>> len(RandomWindows(np.arange(11), window=2, batch=5).sequence(epochs=3))
    3
    """

    def __init__(self, batches: "Batches", first: int, last: int) -> None:
        super().__init__()
        self.batches = batches
        self.first = first
        self.last = last

    def __len__(self) -> int:
        return self.last - self.first

    def __getitem__(self, number: int) -> Any:
        return self.batches.batch_at(*divmod(self.first + number, self.batches.steps_per_epoch))
