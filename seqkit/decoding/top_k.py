"""Sampling from the k likeliest tokens."""

from dataclasses import dataclass
from typing import Any

from keras import ops

from seqkit.checks import InputError, check_positive_int
from seqkit.decoding.sampler import Sampler


@dataclass(frozen=True)
class TopK(Sampler):
    """Draws from the k likeliest tokens; tokens as likely as the k-th stay in.

    Args:
        k: Positive integer, at most the vocabulary.
        temperature: Positive float.

    Raises:
        InputError: if `k` or `temperature` is not above 0, or `k` is larger than the vocabulary.

    Example:

    >>> keras.ops.convert_to_numpy(TopK(k=1)(np.array([[0.0, 2.0, 1.0]]), np.array([0.9]))).tolist()
    [1]

    References: Fan et al. 2018, section 5.4.
    """

    k: int = 40

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive_int("k", self.k)

    def check_vocabulary(self, size: int) -> None:
        if self.k > size:
            raise InputError(f"`k` must be at most the vocabulary. Received: k={self.k}, {size} tokens.")

    def filter(self, logits: Any) -> Any:
        self.check_vocabulary(logits.shape[-1])
        kth = ops.top_k(logits, self.k)[0][:, -1:]
        return ops.where(logits < kth, -float("inf"), logits)
