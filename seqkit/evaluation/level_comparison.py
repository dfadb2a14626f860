"""Models of characters, words and bytes of one text, side by side."""

from collections.abc import Sequence

import pandas as pd

from seqkit.checks import InputError
from seqkit.evaluation.report import Report
from seqkit.evaluation.section import Section

__all__ = ["comparison_section", "comparison_text", "level_comparison"]


def level_comparison(reports: Sequence[Report]) -> pd.DataFrame:
    """What the level of tokens makes of one text: tokens, unknown ones, time, quality.

    Nats and perplexity count tokens, of which a text has more or fewer by level. Bits a character can be compared,
    spaces and line ends counted; but a model that may say `<unk>` does not spell what it stands for, so its bits are
    too few by what those tokens would have cost.

    Args:
        reports: Of language models of the same data, each of another level.

    Returns:
        One row a report, by its level.

    Raises:
        InputError: if they speak of different texts, or lack the figures.

    Example:

    >>> common = {"data": "a text", "seed": 0, "baselines": {}, "parameters": 9, "peak_memory_mb": 1.0}
    >>> common |= {"environment": {}}
    >>> common["train"] = {"seconds": 60.0, "epochs": 2, "updates": 100, "tokens_per_second": 20000.0}
    >>> def report(level, tokens, unknown, nats, bits):
    ...     metrics = {"test": {"nats": nats, "perplexity": 2.0, "bits_per_character": bits}}
    ...     found = {"sequences": 9, "tokens": tokens, "unknown_rate": unknown, "lengths": {"median": tokens / 9}}
    ...     settings = {"level": level}
    ...     return Report(recipe="r", settings=settings, metrics=metrics, coverage={"test": found}, **common)
    >>> table = level_comparison([report("word", 90, 0.1, 4.0, 1.1), report("char", 450, 0.0, 1.0, 1.4)])
    >>> table.loc["char", ["tokens", "bits a character"]].tolist()
    [450.0, 1.4]

    References: Graves 2013, section 3.1 (characters against words).
    """
    rows, first = {}, reports[0]
    for report in reports:
        found = report.coverage.get(report.split)
        metrics = report.metrics[report.split]
        if not found or "bits_per_character" not in metrics:
            raise InputError(
                f"A report to compare must hold the coverage of its text and bits per character. "
                f"Received: one of {report.recipe} on {report.data} without."
            )
        if (report.data, report.split) != (first.data, first.split) or (
            found["sequences"] != first.coverage[first.split]["sequences"]
        ):
            raise InputError(
                "Reports to compare must speak of the same text. "
                f"Received: {first.data} ({first.split}) and {report.data} ({report.split}). Train both on one text."
            )
        if report.settings["level"] in rows:
            raise InputError(
                f"Reports to compare must be of different levels. Received: {report.settings['level']!r} twice. "
                "Compare words with characters, or with bytes."
            )
        rows[report.settings["level"]] = {
            "tokens": found["tokens"],
            "unknown": found["unknown_rate"],
            "tokens a line": found["lengths"]["median"],
            "seconds an epoch": report.train["seconds"] / report.train["epochs"],
            "nats a token": metrics["nats"],
            "perplexity": metrics["perplexity"],
            "bits a character": metrics["bits_per_character"],
        }
    return pd.DataFrame.from_dict(rows, orient="index")


_FORMATS = {
    "tokens": "{:,.0f}",
    "unknown": "{:.2%}",
    "tokens a line": "{:g}",
    "seconds an epoch": "{:.1f}",
    "nats a token": "{:.3f}",
    "perplexity": "{:.2f}",
    "bits a character": "{:.3f}",
}


def comparison_section(table: pd.DataFrame) -> Section:
    """The table of `level_comparison` as a part of a page."""
    html = _formatted(table).to_html(border=0, escape=True)
    return Section("Characters or words", f'<div class="scroll">{html}</div>')


def comparison_text(table: pd.DataFrame) -> str:
    """The table of `level_comparison` for a terminal."""
    return _formatted(table).to_string()


def _formatted(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: table[name].map(_FORMATS[name].format) for name in table})
