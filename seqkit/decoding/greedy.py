"""The likeliest token."""

from dataclasses import dataclass, field
from typing import Any

from keras import ops

from seqkit.decoding.sampler import Sampler


@dataclass(frozen=True)
class Greedy(Sampler):
    """Always takes the likeliest token; of equals the first.

    Example:

    >>> keras.ops.convert_to_numpy(Greedy()(np.array([[0.0, 2.0, 1.0]]), np.array([0.9]))).tolist()
    [1]
    """

    temperature: float = field(default=1.0, init=False)

    def filter(self, logits: Any) -> Any:
        return logits

    def __call__(self, logits: Any, uniform: Any) -> Any:
        return ops.cast(ops.argmax(logits, axis=-1), "int32")
