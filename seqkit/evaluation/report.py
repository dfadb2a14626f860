"""What a run found out: one frozen record, the same as JSON and as lines in the terminal."""

import dataclasses
import json
import os
import reprlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqkit.checks import InputError
from seqkit.evaluation.metric import METRICS, Metric, first_known
from seqkit.evaluation.standing import summary
from seqkit.files import write_atomically

__all__ = ["SPLITS", "Report"]

SPLITS = ("train", "valid", "test")

_TRAIN = ("seconds", "epochs", "updates", "tokens_per_second")
_SAMPLE = {"temperature": float, "prompt": str, "text": str, "nats": float}
# The setting `level` -> what one token is called
_TOKENS = {"char": "character", "word": "word", "byte": "byte"}


@dataclass(frozen=True)
class Report:
    """Everything a recipe reports about one run; the content of `report.json`.

    The first metric of a split that ranks models (`seqkit.evaluation.metric.METRICS`) is its headline, so a recipe
    names the most telling metric first.

    Args:
        recipe: Name of the recipe.
        data: Name or path of the data.
        seed: The run's seed.
        settings: Every setting of the run, by name.
        metrics: Split ("train", "valid", "test") -> metric -> number.
        baselines: Name -> metric -> number, all measured on `split` and each with the headline metric.
        parameters: Number of trained weights.
        train: `seconds`, `epochs`, `updates`, `tokens_per_second`, and further numbers.
        peak_memory_mb: As `peak_memory_mb()` gives it.
        environment: As `environment()` gives it.
        evaluation: How it was measured, such as `streams`. With several splits, `split` names the one the page is about
            and the baselines were measured on.
        coverage: How the data and the vocabulary fit: tokens, rate of unknown ones, lengths.
        samples: Dicts of `temperature`, `prompt`, `text` (what the model wrote after it) and `nats` a token.
        mixtures: As `baselines`, for the model mixed with one of them: shown beside them, but nothing to beat.

    Raises:
        InputError: if a field has the wrong type or holds a number that is not finite; the message names the key.

    Example:

    >>> report = Report(
    ...     recipe="char_lm", data="shakespeare", seed=0, settings={"level": "char"},
    ...     metrics={"valid": {"nats": 1.5}}, baselines={"uniform": {"nats": 4.174}}, parameters=1000,
    ...     train={"seconds": 60.0, "epochs": 1, "updates": 100, "tokens_per_second": 20000.0},
    ...     peak_memory_mb=512.0, environment={"python": "3.11"},
    ... )
    >>> print(report.summary())
    Validation: 1.500 nats a character. Better than the only baseline, uniform (4.174).
    <BLANKLINE>
                         nats
    this model (valid)  1.500
    uniform (valid)     4.174
    <BLANKLINE>
    1,000 parameters, trained for 1 min (epochs 1, updates 100, characters a second 20,000), peak memory 512 MB
    """

    recipe: str
    data: str
    seed: int
    settings: dict[str, Any]
    metrics: dict[str, dict[str, float]]
    baselines: dict[str, dict[str, float]]
    parameters: int
    train: dict[str, float]
    peak_memory_mb: float
    environment: dict[str, Any]
    evaluation: dict[str, Any] = field(default_factory=dict)
    coverage: dict[str, Any] = field(default_factory=dict)
    samples: tuple[dict[str, Any], ...] = ()
    mixtures: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self)

    @property
    def split(self) -> str:
        """The split the headline and the baselines speak of."""
        return self.evaluation.get("split", next(iter(self.metrics)))

    @property
    def headline(self) -> Metric:
        """The metric by which the model is ranked among its baselines."""
        known = first_known(self.metrics[self.split])
        if known is None:
            raise InputError(
                f"`metrics.{self.split}` must hold a metric that ranks models: {', '.join(METRICS)}. "
                f"Received: {', '.join(self.metrics[self.split]) or 'nothing'}."
            )
        return known

    @property
    def token(self) -> str:
        """What a token of this run is called, from the setting `level`."""
        return _TOKENS.get(str(self.settings.get("level")), "token")

    def summary(self) -> str:
        """The lines a person wants to see when the run is over."""
        return summary(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the report as JSON, whole or not at all: fields as they stand here, inner keys in their own order.

        Raises:
            InputError: if a number is not finite or `path` has no folder.
        """
        _check(self)  # the dictionaries may have changed since
        fields = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        write_atomically(path, json.dumps(fields, indent=2, allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Report":
        """Reads a report and trusts nothing in it. JSON has no tuples: every list comes back as one.

        Raises:
            InputError: if the file cannot be read or is not a whole, valid report; the message names file and key.
        """
        path = Path(path)
        try:
            fields = _tuples(json.loads(path.read_text(encoding="utf-8")))
            _check_keys(fields, [item.name for item in dataclasses.fields(cls)])
            return cls(**fields)
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}. Give the path of a `report.json`.") from error
        except InputError as error:
            raise InputError(f"{path}: {error} Evaluate the run again to replace the file.") from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: not whole JSON: {error}. Evaluate the run again to replace the file.") from error


def _check(report: Report) -> None:
    for key in ("recipe", "data"):
        _check_text(key, getattr(report, key))
    for key in ("seed", "parameters"):
        _check_count(key, getattr(report, key))
    _check_number("peak_memory_mb", report.peak_memory_mb)
    for key in ("settings", "environment", "evaluation", "coverage"):
        _check_mapping(key, getattr(report, key))
        _check_plain(key, getattr(report, key))
    _check_mapping("metrics", report.metrics)
    _check_mapping("baselines", report.baselines)
    _check_mapping("mixtures", report.mixtures)
    for split, numbers in report.metrics.items():
        if split not in SPLITS:
            raise InputError(f"`metrics` must be keyed by {', '.join(SPLITS)}. Received: {split!r}.")
        _check_numbers(f"metrics.{split}", numbers)
    if not report.metrics:
        raise InputError(f"`metrics` must hold at least one of {', '.join(SPLITS)}. Received: nothing.")
    # Compared as a list: a value from a damaged file may not be hashable.
    if (len(report.metrics) > 1 or "split" in report.evaluation) and report.evaluation.get("split") not in list(
        report.metrics
    ):
        raise InputError(
            f"`evaluation.split` must name the split the baselines were measured on, one of "
            f"{', '.join(report.metrics)}. Received: {reprlib.repr(report.evaluation.get('split'))}."
        )
    for key, others in (("baselines", report.baselines), ("mixtures", report.mixtures)):
        for name, numbers in others.items():
            _check_numbers(f"{key}.{name}", numbers, required=(report.headline.name,))
    _check_numbers("train", report.train, required=_TRAIN)
    if not isinstance(report.samples, tuple):
        raise _mistake("samples", "a tuple of dicts", report.samples)
    for place, sample in enumerate(report.samples):
        _check_sample(f"samples.{place}", sample)


def _check_sample(key: str, sample: Any) -> None:
    _check_mapping(key, sample)
    if set(sample) != set(_SAMPLE):
        raise InputError(f"`{key}` must have the keys {', '.join(_SAMPLE)}. Received: {', '.join(sample)}.")
    for name, kind in _SAMPLE.items():
        (_check_text if kind is str else _check_number)(f"{key}.{name}", sample[name])


def _check_numbers(key: str, numbers: Any, required: tuple[str, ...] = ()) -> None:
    _check_mapping(key, numbers)
    for name in required:
        if name not in numbers:
            raise InputError(f"`{key}.{name}` is missing. Received: {', '.join(numbers) or 'nothing'}.")
    for name, value in numbers.items():
        _check_number(f"{key}.{name}", value)


def _check_plain(key: str, value: Any) -> None:
    """Refuses what JSON cannot hold and give back."""
    if isinstance(value, dict):
        _check_mapping(key, value)
        for name, inner in value.items():
            _check_plain(f"{key}.{name}", inner)
    elif isinstance(value, (tuple, list)):
        for place, inner in enumerate(value):
            _check_plain(f"{key}.{place}", inner)
    elif isinstance(value, float):
        _check_number(key, value)
    elif value is not None and not isinstance(value, (str, int)):
        raise _mistake(key, "text, a number, a boolean, None, or tuples and dicts of these", value)


def _check_mapping(key: str, value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise _mistake(key, "a dict with text as keys", value)


def _check_text(key: str, value: Any) -> None:
    if not isinstance(value, str):
        raise _mistake(key, "text", value)


def _check_count(key: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _mistake(key, "an integer of at least 0", value)


def _check_number(key: str, value: Any) -> None:
    # The comparison is false for NaN, for infinities, and for integers too large to be a float.
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) <= sys.float_info.max:
        raise _mistake(key, "a finite `int` or `float`", value)


def _check_keys(fields: Any, names: list[str]) -> None:
    if not isinstance(fields, dict):
        raise _mistake("report", "a JSON object", fields)
    if missing := [name for name in names if name not in fields]:
        raise InputError(f"`{missing[0]}` is missing.")
    if unknown := [name for name in fields if name not in names]:
        raise InputError(f"`{unknown[0]}` is no field of a report; they are {', '.join(names)}.")


def _mistake(key: str, expected: str, value: Any) -> InputError:
    return InputError(f"`{key}` must be {expected}. Received: {reprlib.repr(value)}.")


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _tuples(inner) for name, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
