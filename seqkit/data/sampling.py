"""The choice of how a corpus is cut into windows for training."""

from typing import Any

from seqkit.checks import check_choice
from seqkit.data.random_windows import RandomWindows
from seqkit.data.sequential_windows import SequentialWindows
from seqkit.data.windows import Windows

__all__ = ["SAMPLINGS", "training_windows"]

# The closed choice that settings and command lines share.
SAMPLINGS = ("sequential", "random")


def training_windows(
    tokens: Any, sampling: str, *, window: int, batch: int, seed: int = 0, context_only: tuple[int, ...] = ()
) -> Windows:
    """The windows of a corpus in one of the two ways to cut it.

    Args:
        tokens: The corpus: an array of ids or a `TokenFile`.
        sampling: 'sequential' reads `batch` parallel streams in order (`SequentialWindows`), 'random' draws independent
            windows (`RandomWindows`).
        window: Positive integer. Tokens in a window.
        batch: Positive integer. Windows in a batch.
        seed: Non-negative integer for the order of random windows.
        context_only: Ids that are read but never predicted.

    Raises:
        InputError: if an argument is outside the values named above, or the corpus is too short.

    Example:

    >>> training_windows(np.arange(41), "sequential", window=5, batch=2).steps_per_epoch
    4
    """
    if check_choice("sampling", sampling, SAMPLINGS) == "random":
        return RandomWindows(tokens, window=window, batch=batch, seed=seed, context_only=context_only)
    return SequentialWindows(tokens, window=window, streams=batch, context_only=context_only)
