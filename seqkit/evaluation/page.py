"""The report as one page that needs nothing but a browser."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqkit.evaluation.duration import duration
from seqkit.evaluation.frame import render
from seqkit.evaluation.report import Report
from seqkit.evaluation.section import Section
from seqkit.evaluation.standing import columns, comparison, result, table
from seqkit.files import write_atomically

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["render_page", "write_page"]

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def render_page(report: Report, history: "pd.DataFrame", sections: Sequence[Section] = ()) -> str:
    """The page as HTML: result, ladder, learning curves, samples, and everything needed to judge them.

    It is one file without scripts and without a single reference to the network, follows the reader's light or dark
    colours, and is the same bytes whenever it is made of the same report, history and versions.

    Args:
        report: What the run found out.
        history: As `learning_curves` takes it.
        sections: Parts of the recipe's own, put before the settings.

    Raises:
        InputError: if the history holds something else than numbers.

    Example:

    >>> import pandas as pd
    >>> report = Report(
    ...     recipe="char_lm", data="shakespeare", seed=0, settings={"level": "char"}, metrics={"valid": {"nats": 1.5}},
    ...     baselines={"uniform": {"nats": 4.174}}, parameters=1000, peak_memory_mb=512.0, environment={},
    ...     train={"seconds": 60.0, "epochs": 1, "updates": 100, "tokens_per_second": 20000.0},
    ... )
    >>> page = render_page(report, pd.DataFrame({"update": [50, 100], "nats": [2.0, 1.5]}))
    >>> "Better than the only baseline, uniform (4.174)." in page
    True
    """
    # Here, because a second of matplotlib should be paid only by those who draw.
    from seqkit.evaluation.curves import learning_curves
    from seqkit.evaluation.ladder import ladder_chart

    return render(
        _TEMPLATE,
        report=report,
        result=result(report),
        comparison=comparison(report),
        figures=_figures(report),
        ladder=ladder_chart(report) if report.baselines else None,
        columns=columns(report),
        rows=table(report),
        curves=learning_curves(history, report.token),
        sections=sections,
        facts={
            "Settings": report.settings,
            "How it was measured": report.evaluation,
            "Coverage": report.coverage,
            "Environment": report.environment,
        },
    )


def write_page(
    path: str | os.PathLike[str], report: Report, history: "pd.DataFrame", sections: Sequence[Section] = ()
) -> None:
    """Writes the page of `render_page`, whole or not at all.

    Raises:
        InputError: as `render_page`, or if `path` has no folder.
    """
    write_atomically(path, render_page(report, history, sections))


def _figures(report: Report) -> list[tuple[str, str]]:
    """What the result has cost: numbers, each with what it counts."""
    train = report.train
    return [
        (f"{report.parameters:,}", "parameters"),
        (duration(train["seconds"]), "of training"),
        (f"{train['epochs']:.4g}", "epochs"),
        (f"{train['updates']:,}", "updates"),
        (f"{train['tokens_per_second']:,.0f}", f"{report.token}s a second"),
        (f"{report.peak_memory_mb:,.0f} MB", "peak memory"),
    ]
