"""seqkit: a high-level Keras 3 toolkit for sequence models.

A room is loaded when it is first used, so that `import seqkit` stays light.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS = (
    "baselines",
    "bundle",
    "checks",
    "data",
    "decoding",
    "evaluation",
    "files",
    "inspection",
    "kernels",
    "layers",
    "losses",
    "masking",
    "metrics",
    "models",
    "runs",
    "settings",
    "tagging",
    "text",
    "training",
)

__all__ = ["__version__", "load", *_ROOMS]


def __getattr__(name: str) -> Any:
    if name == "load":
        return importlib.import_module("seqkit.bundle").load
    if name in _ROOMS:
        return importlib.import_module(f"seqkit.{name}")
    raise AttributeError(f"module 'seqkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
