"""Averages in the place of weights, and when averaging begins."""

import math

import keras

from seqkit.checks import InputError, check_positive_int
from seqkit.training.averaged_optimizer import AveragedOptimizer


class AveragedWeights(keras.callbacks.Callback):
    """Puts the averages of an `AveragedOptimizer` in the place of the weights where it matters.

    They are validated, seen by all callbacks at the end of an epoch (so that the best ones kept are averages), and left
    in the model when `fit` ends; between two epochs the weights themselves come back, and training goes on from them.

    With `patience` averaging begins only when it pays: at the first validation whose figure is worse than the best of
    all but the last `patience` ones (the non-monotonic trigger). Until then the averages are the weights.

    v_t > min(v_0 ... v_{t-patience-1})

    Args:
        monitor: Name of the validation figure; less is better.
        patience: Positive integer, or `None` to average from the first update on.

    Raises:
        InputError: if `patience` is not above 0; from `fit`, if the model is compiled without an `AveragedOptimizer`,
            or its logs lack the figure.

    Example:

    >>> trigger = AveragedWeights("val_nats", patience=2)
    >>> [trigger.begins(nats) for nats in (3.0, 2.0, 2.5, 2.6, 2.1)]  # the last two look back at 3.0, and at 2.0
    [False, False, False, False, True]

    References: Merity et al. 2018, algorithm 1.
    """

    def __init__(self, monitor: str = "val_nats", patience: int | None = None) -> None:
        super().__init__()
        self.monitor = monitor
        self.patience = None if patience is None else check_positive_int("patience", patience)
        self._seen: list[float] = []
        self._training = self._in_place = False

    def begins(self, figure: float) -> bool:
        """Takes note of a validation figure; whether averaging should begin now."""
        looked_at = self._seen[: max(len(self._seen) - self.patience, 0)] if self.patience else []
        self._seen.append(figure)
        return figure > min(looked_at, default=math.inf)

    @property
    def _optimizer(self) -> AveragedOptimizer:
        optimizer = self.model.optimizer
        while not isinstance(optimizer, AveragedOptimizer):
            if not hasattr(optimizer, "inner_optimizer"):
                raise InputError(
                    "`AveragedWeights` needs an `AveragedOptimizer`. "
                    f"Received: {type(self.model.optimizer).__name__}. Compile with "
                    "`AveragedOptimizer(optimizer, momentum)`, or leave the callback out."
                )
            optimizer = optimizer.inner_optimizer
        return optimizer

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._optimizer.build(self.model.trainable_variables)
        self._optimizer.averaging = self.patience is None
        self._optimizer.begin_again()
        self._seen, self._training, self._in_place = [], True, False

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if self._in_place:
            self._swap()

    def on_test_begin(self, logs: dict | None = None) -> None:
        if self._training and not self._in_place:
            self._swap()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not self._in_place:  # an epoch without validation
            self._swap()
        if self.patience is None or self._optimizer.averaging:
            return
        figure = (logs or {}).get(self.monitor)
        if figure is None:
            raise InputError(
                f"`monitor` must name a figure of the validation. Received: {self.monitor!r}, where there are "
                f"{', '.join(sorted(logs or {})) or 'none'}. Give `fit` validation data, or leave `patience` out."
            )
        if self.begins(float(figure)):
            self._optimizer.averaging = True

    def on_train_end(self, logs: dict | None = None) -> None:
        self._training = self._in_place = False

    def _swap(self) -> None:
        self._optimizer.swap()
        self._in_place = not self._in_place
