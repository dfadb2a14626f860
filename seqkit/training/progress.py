"""What a person sees while a model trains."""

import math
import sys
from typing import TextIO

import keras

from seqkit.training.learning_curve import LearningCurve


class Progress(keras.callbacks.Callback):
    """Shows epoch, perplexity, speed and the time left: one moving line in a terminal, a line now and then elsewhere.

    Args:
        curve: The record it reads; it must come before this callback in the list.
        stream: Where to write; standard output if it is left out.
        pause: Seconds between two lines where the output is not a terminal.
    """

    def __init__(self, curve: LearningCurve, stream: TextIO | None = None, pause: float = 15.0) -> None:
        super().__init__()
        self.curve = curve
        self.stream = sys.stdout if stream is None else stream
        self.pause = pause
        self._rows = 0
        self._shown = -math.inf

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        rows, seconds = len(self.curve.rows), self.curve.budget.seconds
        if rows == self._rows:
            return
        self._rows = rows
        if self.stream.isatty():
            print(f"\r\x1b[K{self._line()}", end="", file=self.stream, flush=True)
        elif seconds - self._shown >= self.pause:
            self._shown = seconds
            print(self._line(), file=self.stream, flush=True)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self.curve.rows:
            clear = "\r\x1b[K" if self.stream.isatty() else ""
            print(clear + self._line(), file=self.stream, flush=True)

    def _line(self) -> str:
        row, budget = self.curve.rows[-1], self.curve.budget
        parts = [
            f"epoch {row['epoch'] + 1}",
            f"update {row['update']}",
            f"perplexity {row['perplexity']:.2f} ({row['nats']:.3f} nats)",
        ]
        if "val_nats" in row:
            parts.append(f"valid {row['val_perplexity']:.2f} ({row['val_nats']:.3f} nats)")
        parts.append(f"{row['tokens_per_second'] / 1000:.1f}k tokens/s")
        parts.append(f"{_clock(budget.seconds_left)} left")
        return " | ".join(parts)


def _clock(seconds: float) -> str:
    if math.isinf(seconds):
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
