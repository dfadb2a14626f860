"""The record of a training, one row every few updates."""

import math
import time
from pathlib import Path

import keras
import pandas as pd

from seqkit import kernels
from seqkit.checks import check_positive_int
from seqkit.files import write_atomically
from seqkit.training.budget import Budget
from seqkit.training.clipped_optimizer import ClippedOptimizer

COLUMNS = (
    "update",
    "epoch",
    "seconds",
    "nats",
    "perplexity",
    "gradient_norm",
    "clip_rate",
    "learning_rate",
    "tokens_per_second",
    "val_nats",
    "val_perplexity",
)


class LearningCurve(keras.callbacks.Callback):
    """Records loss, perplexity, gradient norm, clip rate, learning rate and speed every few updates.

    A row holds the means over the updates since the one before, not since the start of the epoch. The last row of an
    epoch holds the validation too. Speed counts the time of training alone.

    Args:
        budget: The budget of this training; it must come before this callback in the list.
        tokens_per_update: Positive integer. Tokens in a batch.
        every: Positive integer. Updates in a row.

    Example:

    >>> curve = LearningCurve(Budget(steps_per_epoch=10, epochs=1), tokens_per_update=320)
    >>> list(curve.frame().columns[:3])
    ['update', 'epoch', 'seconds']
    """

    def __init__(self, budget: Budget, tokens_per_update: int, every: int = 25) -> None:
        super().__init__()
        self.budget = budget
        self.tokens_per_update = check_positive_int("tokens_per_update", tokens_per_update)
        self.every = check_positive_int("every", every)
        self.rows: list[dict] = []
        self._epoch = 0
        self._seen = 0  # updates of this epoch in earlier rows
        self._total = 0.0  # their losses, summed
        self._training_since = time.monotonic()

    @property
    def tokens_per_second(self) -> float:
        """Mean speed of training over the rows so far."""
        seconds = sum(row["tokens"] / row["tokens_per_second"] for row in self.rows if row["tokens"])
        return sum(row["tokens"] for row in self.rows) / seconds if seconds else 0.0

    def summary(self) -> dict[str, float]:
        """What the training took, by the names reports use: `seconds`, `epochs`, `updates`, `tokens_per_second`."""
        return {
            "seconds": round(self.budget.seconds, 1),
            "epochs": round(self.budget.updates / self.budget.steps_per_epoch, 2),
            "updates": self.budget.updates,
            "tokens_per_second": round(self.tokens_per_second),
        }

    def frame(self) -> pd.DataFrame:
        """The rows as a table with the columns `COLUMNS`; what a row does not hold is missing."""
        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def write(self, path: str | Path) -> None:
        """Writes the table as CSV."""
        write_atomically(path, self.frame().to_csv(index=False))

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch, self._seen, self._total = epoch, 0, 0.0
        self._training_since = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        done = batch + 1
        if done % self.every == 0 or done == self.budget.steps_per_epoch or self.model.stop_training:
            self._add_row(done, float((logs or {})["loss"]))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs and "val_nats" in logs and self.rows:
            self.rows[-1]["val_nats"] = float(logs["val_nats"])
            self.rows[-1]["val_perplexity"] = math.exp(min(float(logs["val_nats"]), 700.0))

    def _add_row(self, done: int, mean: float) -> None:
        if done == self._seen:
            return
        seconds = time.monotonic() - self._training_since
        updates = done - self._seen
        total = mean * done  # Keras reports the mean over the epoch so far
        nats = (total - self._total) / updates
        kernels.sync(self.model)
        optimizer = self.model.optimizer
        row = {
            "update": self.budget.updates,
            "epoch": self._epoch,
            "seconds": round(self.budget.seconds, 3),
            "nats": nats,
            "perplexity": math.exp(min(nats, 700.0)),
            "learning_rate": float(keras.ops.convert_to_numpy(optimizer.learning_rate)),
            "tokens_per_second": updates * self.tokens_per_update / max(seconds, 1e-9),
            "tokens": updates * self.tokens_per_update,
        }
        if isinstance(optimizer, ClippedOptimizer):
            statistics = optimizer.take_statistics()
            row["gradient_norm"], row["clip_rate"] = statistics.norm, statistics.clip_rate
        self.rows.append(row)
        self._seen, self._total = done, total
        self._training_since = time.monotonic()
