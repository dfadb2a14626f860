"""How far a download has come, for people to see."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

INTERVAL = 0.25  # seconds between two reports

Stage = Literal["waiting", "start", "running", "end"]


@dataclass(frozen=True)
class Progress:
    """How far a download has come; `str` makes it a line for people, so that `print` can show it.

    Args:
        name: Name of the file.
        received: Bytes on disk, those of an earlier run included.
        total: Bytes of the whole file, or `None` as long as nobody has told.
        stage: "waiting" (for another process that fetches the same file), "start", "running" or "end".

    Example:

    >>> print(Progress("input.txt", received=280000, total=1115394, stage="running"))
    input.txt: 280,000 of 1,115,394 bytes (25 %)
    """

    name: str
    received: int
    total: int | None
    stage: Stage

    def __str__(self) -> str:
        if self.stage == "waiting":
            return f"{self.name}: waiting for another process that is downloading it"
        if not self.total:
            return f"{self.name}: {self.received:,} bytes"
        return f"{self.name}: {self.received:,} of {self.total:,} bytes ({100 * self.received // self.total} %)"


def to_stderr(progress: Progress) -> None:
    """Shows progress on standard error: one moving line on a terminal, first and last line elsewhere.

    Args:
        progress: What `download` hands to its `progress` callable.

    Example:

    >>> to_stderr(Progress("input.txt", received=10, total=10, stage="end"))
    """
    terminal = sys.stderr.isatty()
    if progress.stage == "running" and not terminal:
        return
    moving = terminal and progress.stage in ("start", "running")
    line = f"\r{progress!s:<78}" if terminal else str(progress)  # padded: it covers the line before
    print(line, end="" if moving else "\n", file=sys.stderr, flush=True)


class Meter:
    """Hands progress on, though not more often than people can read."""

    def __init__(self, name: str, total: int | None, progress: Callable[[Progress], None] | None) -> None:
        self.name = name
        self.total = total
        self.progress = progress
        self.due = 0.0

    def show(self, stage: Stage, received: int) -> None:
        now = time.monotonic()
        if self.progress is not None and (stage != "running" or now >= self.due):
            self.due = now + INTERVAL
            self.progress(Progress(self.name, received, self.total, stage))
