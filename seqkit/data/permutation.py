"""A shuffled order that needs no memory."""

import numpy as np

from seqkit.checks import check_positive_int

_ROUNDS = 6


class Permutation:
    """A random order of 0 ... size - 1 that is computed where it is asked for.

    The k-th element is a pure function of (seed, k): nothing is stored and nothing replayed, whether the corpus has ten
    windows or ten thousand million. A balanced Feistel network permutes the smallest square power of two that holds
    `size`; a value outside is walked on until it falls inside, which keeps the map one-to-one.

    Args:
        size: Positive integer. Number of elements.
        seed: A tuple of non-negative integers, such as `(seed, epoch)`.

    Raises:
        InputError: if `size` is not a positive integer.

    Example:

    >>> order = Permutation(5, seed=(0, 1))
    >>> sorted(order[np.arange(5)].tolist())
    [0, 1, 2, 3, 4]

    References: Black & Rogaway 2002, "Ciphers with arbitrary finite domains" (cycle walking); Luby & Rackoff 1988.
    """

    def __init__(self, size: int, seed: tuple[int, ...]) -> None:
        self.size = check_positive_int("size", size)
        self._half_bits = max(1, ((size - 1).bit_length() + 1) // 2)
        self._keys = np.random.default_rng(seed).integers(0, 2**63, size=_ROUNDS, dtype=np.uint64)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, positions: np.ndarray) -> np.ndarray:
        """The elements at `positions`, an array of integers in [0, size)."""
        positions = np.asarray(positions)
        if positions.size and not (positions.min() >= 0 and positions.max() < self.size):
            raise IndexError(
                f"positions must lie in [0, {self.size}). Received: {positions.min()} to {positions.max()}."
            )
        values = self._encrypt(np.atleast_1d(positions).astype(np.uint64))  # scalars of NumPy warn where arrays wrap
        while (outside := values >= self.size).any():
            values[outside] = self._encrypt(values[outside])
        return values.astype(np.int64).reshape(positions.shape)

    def _encrypt(self, values: np.ndarray) -> np.ndarray:
        bits = np.uint64(self._half_bits)
        low = np.uint64((1 << self._half_bits) - 1)
        left, right = values >> bits, values & low
        for key in self._keys:
            left, right = right, left ^ (_mix(right ^ key) & low)
        return (left << bits) | right


def _mix(values: np.ndarray) -> np.ndarray:
    """Spreads every input bit over all output bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = values ^ (values >> np.uint64(30))
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    values = values ^ (values >> np.uint64(27))
    values = values * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
