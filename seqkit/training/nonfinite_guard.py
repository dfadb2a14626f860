"""Stops a training that has lost its way, and says why."""

import statistics

import keras

from seqkit import kernels
from seqkit.checks import InputError, check_positive_int
from seqkit.training.clipped_optimizer import ClippedOptimizer


class DivergedError(InputError):
    """A gradient was not finite; the message names the update and the likely cause."""


class NonFiniteGuard(keras.callbacks.Callback):
    """Stops `fit` when a gradient is NaN or infinite, with the number of the update and the likely cause.

    The model must be compiled with a `ClippedOptimizer`, which does not apply such a gradient: the weights stay good.

    Args:
        every: Positive integer. Updates between two looks. The update named is exact whatever this is.

    Raises:
        DivergedError: from `fit`, when a gradient is not finite.
        InputError: if the optimizer is not a `ClippedOptimizer`.
    """

    def __init__(self, every: int = 10) -> None:
        super().__init__()
        self.every = check_positive_int("every", every)
        self._norms: list[float] = []

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not isinstance(self.model.optimizer, ClippedOptimizer):
            raise InputError(
                "`NonFiniteGuard` needs the record of a `ClippedOptimizer`. "
                f"Received: {type(self.model.optimizer).__name__}. Compile with "
                "`ClippedOptimizer(optimizer, clip_norm)`; `clip_norm=None` watches without clipping."
            )

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if (batch + 1) % self.every == 0:
            self._look()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._look()

    def _look(self) -> None:
        kernels.sync(self.model)
        optimizer = self.model.optimizer
        if update := optimizer.first_nonfinite:
            raise DivergedError(
                f"Training stopped: the gradient of update {update} is not finite. It was not applied. "
                f"{self._cause(update, optimizer)}"
            )
        self._norms.append(optimizer.last_norm)

    def _cause(self, update: int, optimizer: ClippedOptimizer) -> str:
        rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        if update == 1:
            return (
                "It was the very first one, so the learning rate is not to blame: look for NaN or infinite numbers in "
                "the inputs, targets outside the model's classes, or a dtype too narrow for the logits."
            )
        usual = statistics.median(self._norms) if self._norms else 0.0
        exploding = bool(self._norms) and optimizer.last_norm > 10 * max(usual, 1e-12)
        record = f"The last finite gradient norm was {optimizer.last_norm:.3g}" + (
            f", the usual one {usual:.3g}." if self._norms else "."
        )
        if optimizer.clip_norm is None:
            return f"{record} Likely cause: exploding gradients, for nothing clips them. Set `clip_norm`, such as 1.0."
        if exploding:
            return f"{record} Likely cause: a learning rate too high ({rate:.3g}). Try a third of it, or a warm-up."
        return (
            f"{record} Likely cause: a learning rate too high ({rate:.3g}), or a dtype too narrow. Try a third of it."
        )
