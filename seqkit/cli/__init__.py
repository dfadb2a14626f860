"""The command line: `python -m seqkit generate / evaluate / report`."""

from seqkit.cli.main import main as main

__all__ = ["main"]
