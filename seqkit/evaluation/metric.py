"""The metrics a report speaks of: their names, what to call them, and which way is better."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["METRICS", "Metric", "first_known", "metric"]


@dataclass(frozen=True)
class Metric:
    """How one number is named, printed and compared.

    Args:
        name: Key in `report.json`.
        heading: Short name, for the head of a table.
        label: What the number counts, to stand after it; `{token}` is replaced by "character", "word", ...
        pattern: Format of the number.
        lower_is_better: Direction; `None` where it is not known, and such a metric ranks nothing.

    Example:

    >>> METRICS["f1"].format(0.8531)
    '85.3%'
    >>> METRICS["nats"].words(1.49, token="character")
    '1.490 nats a character'
    """

    name: str
    heading: str
    label: str
    pattern: str
    lower_is_better: bool | None

    def format(self, value: float) -> str:
        """The number alone, with as many digits as it deserves."""
        return self.pattern.format(value)

    def words(self, value: float, token: str) -> str:
        """The number and what it counts."""
        return f"{self.format(value)} {self.label.format(token=token)}"


METRICS = {
    row.name: row
    for row in (
        Metric("nats", "nats", "nats a {token}", "{:.3f}", lower_is_better=True),
        Metric("perplexity", "perplexity", "perplexity", "{:,.2f}", lower_is_better=True),
        Metric("bits_per_character", "bits/char", "bits a character", "{:.3f}", lower_is_better=True),
        Metric("accuracy", "accuracy", "accuracy", "{:.1%}", lower_is_better=False),
        Metric("precision", "precision", "precision", "{:.1%}", lower_is_better=False),
        Metric("recall", "recall", "recall", "{:.1%}", lower_is_better=False),
        Metric("f1", "F1", "F1", "{:.1%}", lower_is_better=False),
        Metric("frame_nll", "frame NLL", "nats a frame", "{:.3f}", lower_is_better=True),
    )
}


def metric(name: str) -> Metric:
    """The row of `METRICS`; for a metric of the user's own, one that prints it plainly and does not rank by it."""
    return METRICS.get(name) or Metric(name, name.replace("_", " "), name.replace("_", " "), "{:.4g}", None)


def first_known(names: Iterable[str]) -> Metric | None:
    """The first of `names` that can rank models, or `None`."""
    return next((METRICS[name] for name in names if name in METRICS), None)
