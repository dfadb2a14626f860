"""The settings every recipe has."""

from dataclasses import dataclass

from seqkit.checks import InputError, check_nonnegative_int


@dataclass(frozen=True)
class RunSettings:
    """Where data comes from, where results go, and how long a run may take. A recipe's settings add its own."""

    data: str = ""  # a name or a path
    out: str | None = None  # folder of the run; a new one under runs/ if it is left out
    seed: int = 0  # the same seed gives the same run when it is bounded by epochs
    epochs: int | None = None  # passes over the training data
    minutes: float | None = None  # budget of training time; schedules follow the share of it that is spent
    smoke: bool = False  # a run of seconds that shows that everything works

    def __post_init__(self) -> None:
        check_nonnegative_int("seed", self.seed)
        if self.seed >= 2**32:
            raise InputError(f"`seed` must be below 2**32. Received: seed={self.seed}.")
