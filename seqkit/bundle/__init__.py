"""A model and all it needs to meet raw data, saved and loaded as one thing."""

from pathlib import Path

from seqkit.bundle.candidate import Candidate as Candidate
from seqkit.bundle.continuation import Continuation as Continuation
from seqkit.bundle.language_model_bundle import LanguageModelBundle as LanguageModelBundle
from seqkit.bundle.language_model_bundle import UnknownTokenWarning as UnknownTokenWarning

__all__ = ["Candidate", "Continuation", "LanguageModelBundle", "UnknownTokenWarning", "load"]


def load(folder: str | Path) -> LanguageModelBundle:
    """Loads what a run left behind.

    Args:
        folder: The folder of a finished run, or a bundle itself.

    Raises:
        InputError: naming the file, if there is no bundle or it is damaged.
    """
    folder = Path(folder)
    return LanguageModelBundle.load(folder / "bundle" if (folder / "bundle").is_dir() else folder)
