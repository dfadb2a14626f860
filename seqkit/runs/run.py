"""The folder of one run."""

import dataclasses
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from seqkit.checks import InputError
from seqkit.runs.run_settings import RunSettings

if TYPE_CHECKING:
    from seqkit.evaluation import Report, Section
    from seqkit.training import LearningCurve


class Run:
    """The folder of one run: chosen and checked at once, made only when it is entered as a context.

    What else can be refused should be checked in between. If training fails inside, the folder goes again, for nothing
    in it is finished. A finished run holds
    `report.json`, and is never overwritten.

    Args:
        recipe: Name of the recipe.
        settings: Its settings; `settings.out` names the folder.

    Raises:
        InputError: if the folder is not empty or cannot be written.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     with Run("char_lm", RunSettings(out=f"{parent}/first")) as run:
    ...         sorted(path.name for path in run.folder.iterdir())
    ['settings.json']
    """

    def __init__(self, recipe: str, settings: RunSettings) -> None:
        self.recipe = recipe
        self.settings = settings
        self.folder = _check(settings.out) if settings.out is not None else _next_free(Path("runs"), recipe)

    def __enter__(self) -> "Run":
        _check(self.folder)  # once more, for another run may have come in between
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"recipe": self.recipe, **dataclasses.asdict(self.settings)}, indent=2)
            (self.folder / "settings.json").write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be written ({error.strerror}). Choose another `out`.") from error
        return self

    def finish(self, report: "Report", bundle: Any, curve: "LearningCurve", sections: Sequence["Section"] = ()) -> None:
        """Writes what a run leaves: the bundle, the learning curve, the page, and the report last, for it says that the
        run is whole.

        Args:
            report: What the run found out.
            bundle: What can be loaded again; it has `save(folder)`.
            curve: The record of the training.
            sections: Parts of the page that are the recipe's own.
        """
        # Here, because a command imports this room before it loads Keras, to load it quietly.
        from seqkit.evaluation import write_page

        bundle.save(self.folder / "bundle")
        curve.write(self.folder / "history.csv")
        write_page(self.folder / "report.html", report, curve.frame(), sections)
        report.save(self.folder / "report.json")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            shutil.rmtree(self.folder)


def _check(out: Any) -> Path:
    """The folder of a new run, if it can be one.

    Raises:
        InputError: if it is not empty, or is not a folder, or cannot be written.
    """
    folder = Path(out)
    try:
        folder.exists()
    except OSError as error:  # a name that no disk can hold
        raise InputError(f"{folder}: cannot be a folder ({error.strerror}). Choose another `out`.") from error
    if (folder / "report.json").exists():
        raise InputError(f"{folder}: holds a finished run, and a run is never overwritten. Choose another `out`.")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file. Choose another `out`.")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder}: is not empty. Choose another `out`, or remove what is in it.")
    there = folder
    while not there.exists():
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"{folder}: cannot be written, for {there} does not allow it. Choose another `out`.")
    return folder


def _next_free(parent: Path, recipe: str) -> Path:
    """runs/<recipe>, runs/<recipe>-2, ...: the first that does not exist."""
    number = 1
    while (folder := parent / (recipe if number == 1 else f"{recipe}-{number}")).exists():
        number += 1
    return _check(folder)
