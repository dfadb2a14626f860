"""The learning rate, set before each update."""

import keras

from seqkit import kernels
from seqkit.checks import check_positive
from seqkit.training.budget import Budget
from seqkit.training.schedule import Schedule


class ScheduledRate(keras.callbacks.Callback):
    """Sets the learning rate before each update, by the share of the budget that is spent.

    rate = learning_rate * schedule(budget.fraction)

    Args:
        learning_rate: Positive float. The highest learning rate.
        schedule: How it rises and falls.
        budget: The budget of this training; it must come before this callback in the list.

    Raises:
        InputError: if `learning_rate` is not above 0.

    Example:

    >>> budget = Budget(steps_per_epoch=10, epochs=4)
    >>> ScheduledRate(0.002, Schedule("linear", warmup=0.0), budget).rate
    0.002
    """

    def __init__(self, learning_rate: float, schedule: Schedule, budget: Budget) -> None:
        super().__init__()
        self.learning_rate = check_positive("learning_rate", learning_rate)
        self.schedule = schedule
        self.budget = budget

    @property
    def rate(self) -> float:
        """The learning rate of the next update."""
        return self.learning_rate * self.schedule(self.budget.fraction)

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        kernels.sync(self.model)
        self.model.optimizer.learning_rate = self.rate
