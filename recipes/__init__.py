"""Ready recipes, one readable file a task: `python -m recipes.<task>`."""

from seqkit.runs import load_backend

load_backend()
