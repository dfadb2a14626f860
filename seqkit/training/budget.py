"""How long to train: a number of epochs, of minutes, or whichever ends first."""

import time

import keras

from seqkit.checks import InputError, check_positive, check_positive_int


class Budget(keras.callbacks.Callback):
    """Ends `fit` when its time is up, and tells how much of the budget is spent.

    fraction = updates done / updates in all, where epochs are given; else minutes passed / minutes

    With both, training ends at whichever comes first, but the fraction counts updates alone: schedules that follow it
    then do not depend on the clock, and a limit in minutes that is never reached changes nothing.

    Time counts from the start of `fit`, compilation and validation included. Put the budget first in the list of
    callbacks, for others read it.

    Args:
        steps_per_epoch: Positive integer. Updates in an epoch.
        epochs: Optional positive integer.
        minutes: Optional positive float.

    Raises:
        InputError: if neither `epochs` nor `minutes` is given, or one is not above 0.

    Example:

    >>> budget = Budget(steps_per_epoch=10, epochs=4)
    >>> for k in range(10):
    ...     budget.on_train_batch_end(k)
    >>> budget.fraction
    0.25
    """

    def __init__(self, *, steps_per_epoch: int, epochs: int | None = None, minutes: float | None = None) -> None:
        super().__init__()
        if epochs is None and minutes is None:
            raise InputError("A budget needs `epochs`, `minutes` or both. Received neither.")
        self.steps_per_epoch = check_positive_int("steps_per_epoch", steps_per_epoch)
        self.epochs = None if epochs is None else check_positive_int("epochs", epochs)
        self.minutes = None if minutes is None else check_positive("minutes", minutes)
        self.updates = 0
        self._begin: float | None = None
        self._end: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds since `fit` began; once it has ended, how long it took."""
        if self._begin is None:
            return 0.0
        return (time.monotonic() if self._end is None else self._end) - self._begin

    @property
    def fraction(self) -> float:
        """Share of the budget spent, from 0 to 1: of its updates, or of its minutes where no epochs are given."""
        return self._of_updates if self.epochs is not None else self._of_minutes

    @property
    def seconds_left(self) -> float:
        """Seconds to the end, as far as can be told from the speed so far."""
        spent = max(self._of_updates, self._of_minutes)  # whichever ends first
        return self.seconds * (1 - spent) / spent if spent else float("inf")

    @property
    def _of_updates(self) -> float:
        return 0.0 if self.epochs is None else min(1.0, self.updates / (self.epochs * self.steps_per_epoch))

    @property
    def _of_minutes(self) -> float:
        return 0.0 if self.minutes is None else min(1.0, self.seconds / (60 * self.minutes))

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._begin, self._end = time.monotonic(), None

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.updates += 1
        if self.minutes is not None and self.seconds >= 60 * self.minutes:
            self.model.stop_training = True

    def on_train_end(self, logs: dict | None = None) -> None:
        self._end = time.monotonic()
