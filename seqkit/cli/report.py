"""Show the result of a run and write its page anew."""

import argparse
from pathlib import Path

from seqkit.checks import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the command."""
    parser.add_argument("folder", metavar="DIR", help="folder of a finished run")


def run(arguments: argparse.Namespace) -> None:
    """Prints the summary and writes `report.html` from `report.json` and `history.csv`."""
    import pandas as pd

    from seqkit.evaluation.page import write_page
    from seqkit.evaluation.report import Report

    folder = Path(arguments.folder)
    report = Report.load(folder / "report.json")
    path = folder / "history.csv"
    try:
        history = pd.read_csv(path)
    except (OSError, ValueError) as error:  # pandas' own errors of parsing are ValueErrors
        raise InputError(f"{path}: cannot be read: {error}. It is part of a finished run.") from error
    write_page(folder / "report.html", report, history)
    print(report.summary())
    print(f"\n{folder / 'report.html'}")
