"""Which command was asked for."""

import argparse
from collections.abc import Sequence

from seqkit.cli import evaluate, generate, inspect, report
from seqkit.runs import command

_COMMANDS = (generate, evaluate, inspect, report)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `python -m seqkit`; returns the exit status: 0, or 2 for a mistake in the input.

    Args:
        argv: Arguments; those of the process if left out.
    """
    parser = argparse.ArgumentParser(
        prog="python -m seqkit", description="Use and look at what a run left behind.", allow_abbrev=False
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in _COMMANDS:
        name = module.__name__.rpartition(".")[2]
        summary = str(module.__doc__).strip()
        added = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        module.add_arguments(added)
        added.set_defaults(run=module.run)
    arguments = parser.parse_args(argv)
    return command(lambda: arguments.run(arguments))
