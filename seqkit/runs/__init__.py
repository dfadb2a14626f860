"""The run folder, the settings every recipe has, and how a command starts and ends."""

from seqkit.runs.run import Run as Run
from seqkit.runs.run_settings import RunSettings as RunSettings
from seqkit.runs.startup import command as command
from seqkit.runs.startup import load_backend as load_backend

__all__ = ["Run", "RunSettings", "command", "load_backend"]
