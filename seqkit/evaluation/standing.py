"""Where the model stands among its baselines: the ladder, the table, and both in words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqkit.evaluation.duration import duration
from seqkit.evaluation.metric import Metric, metric

if TYPE_CHECKING:
    from seqkit.evaluation.report import Report

__all__ = ["Rung", "columns", "comparison", "result", "rungs", "summary", "table"]

_SPLIT_NAMES = {"train": "Training", "valid": "Validation", "test": "Test"}


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: a model and what it reaches on one split."""

    name: str
    split: str
    metrics: dict[str, float]
    is_model: bool
    is_baseline: bool = True  # a mixture of the model and a baseline is neither


def rungs(report: "Report") -> tuple[Rung, ...]:
    """The model and its baselines on the report's split, best first; the model goes below a baseline that equals it."""
    ladder = [Rung("this model", report.split, report.metrics[report.split], is_model=True, is_baseline=False)]
    ladder += [Rung(name, report.split, numbers, is_model=False) for name, numbers in report.baselines.items()]
    ladder += [
        Rung(name, report.split, numbers, is_model=False, is_baseline=False)
        for name, numbers in report.mixtures.items()
    ]
    sign = 1 if report.headline.lower_is_better else -1
    return tuple(sorted(ladder, key=lambda rung: (sign * rung.metrics[report.headline.name], rung.is_model)))


def table(report: "Report") -> tuple[Rung, ...]:
    """The ladder, and above it the model on its other splits."""
    others = [
        Rung("this model", split, numbers, is_model=True, is_baseline=False)
        for split, numbers in report.metrics.items()
        if split != report.split
    ]
    return (*others, *rungs(report))


def columns(report: "Report") -> tuple[Metric, ...]:
    """Every metric that a row of the table has, the headline's split setting the order."""
    names: dict[str, None] = dict.fromkeys(report.metrics[report.split])
    for rung in table(report):
        names |= dict.fromkeys(rung.metrics)
    return tuple(map(metric, names))


def result(report: "Report") -> str:
    """The headline in plain words."""
    numbers = report.metrics[report.split]
    headline = report.headline
    # Perplexity is the same number as the nats, but the one that people remember.
    aside = ""
    if headline.name == "nats" and "perplexity" in numbers:
        aside = f" (perplexity {metric('perplexity').format(numbers['perplexity'])})"
    return f"{_SPLIT_NAMES[report.split]}: {headline.words(numbers[headline.name], report.token)}{aside}."


def comparison(report: "Report") -> str:
    """What the model has passed, or not passed, in plain words."""
    ladder = [rung for rung in rungs(report) if rung.is_model or rung.is_baseline]
    said = {
        rung.name: f"{rung.name} ({report.headline.format(rung.metrics[report.headline.name])})"
        for rung in ladder
        if not rung.is_model
    }
    names = list(said)  # best first
    if not names:
        return "No baseline was measured."
    if not ladder[0].is_model:
        return f"Not better than the baseline {said[names[0]]}."
    if len(names) == 1:
        return f"Better than the only baseline, {said[names[0]]}."
    return f"Better than every baseline, from {said[names[-1]]} to {said[names[0]]}."


def summary(report: "Report") -> str:
    """Result, table and cost, as lines for the terminal."""
    heads = columns(report)
    rows = [["", *(head.heading for head in heads)]]
    for rung in table(report):
        cells = [head.format(rung.metrics[head.name]) if head.name in rung.metrics else "" for head in heads]
        rows.append([f"{rung.name} ({rung.split})", *cells])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    train = report.train
    cost = (
        f"{report.parameters:,} parameters, trained for {duration(train['seconds'])} (epochs {train['epochs']:.4g}, "
        f"updates {train['updates']:,}, {report.token}s a second {train['tokens_per_second']:,.0f}), "
        f"peak memory {report.peak_memory_mb:,.0f} MB"
    )
    return "\n".join([f"{result(report)} {comparison(report)}", "", *(line.rstrip() for line in lines), "", cost])
