"""The ways of averaging weights, by name."""

import keras

from seqkit.checks import check_choice
from seqkit.training.averaged_optimizer import AveragedOptimizer
from seqkit.training.averaged_weights import AveragedWeights

AVERAGINGS = ("none", "ema", "nt_asgd")
_PATIENCE = 5  # validations that NT-ASGD looks back past, as in its paper


def averaged(optimizer: keras.optimizers.Optimizer, averaging: str, momentum: float) -> keras.optimizers.Optimizer:
    """The optimizer as it must be for a way of averaging.

    Args:
        optimizer: The Keras optimizer that moves the weights.
        averaging: 'none'; 'ema', a moving average from the first update on; 'nt_asgd', the plain mean of all updates
            since validation stalled.
        momentum: Float in [0, 1). What the moving average keeps of itself at an update.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> averaged(keras.optimizers.Adam(), "ema", momentum=0.99).momentum
    0.99
    """
    check_choice("averaging", averaging, AVERAGINGS)
    if averaging == "none":
        return optimizer
    return AveragedOptimizer(optimizer, momentum if averaging == "ema" else None)


def averaging_callbacks(averaging: str, monitor: str = "val_nats") -> list[keras.callbacks.Callback]:
    """What `fit` needs beside the optimizer of `averaged`.

    Args:
        averaging: As for `averaged`.
        monitor: Name of the validation figure by which 'nt_asgd' begins; less is better.

    Raises:
        InputError: if `averaging` is not one of these.

    Example:

    >>> averaging_callbacks("none")
    []
    """
    check_choice("averaging", averaging, AVERAGINGS)
    if averaging == "none":
        return []
    return [AveragedWeights(monitor, patience=_PATIENCE if averaging == "nt_asgd" else None)]
