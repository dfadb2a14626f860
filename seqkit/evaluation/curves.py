"""Learning curves from a run's history."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, Formatter, FuncFormatter, MaxNLocator, PercentFormatter

from seqkit.checks import InputError
from seqkit.evaluation.colours import COLOURS
from seqkit.evaluation.drawing import Drawing, Margins, draw
from seqkit.evaluation.duration import duration

__all__ = ["Curve", "learning_curves"]

_CLOCKS = {"update": "updates", "epoch": "epochs", "seconds": "seconds"}
_LOSSES = ("nats", "val_nats", "perplexity", "val_perplexity")
# column -> title
_PANELS = {
    "gradient_norm": "gradient norm before clipping",
    "clip_rate": "updates clipped",
    "learning_rate": "learning rate",
    "tokens_per_second": "{token}s a second",
}
_DIVERGED = 20  # nats; as perplexity, half a billion
_FEW = 40  # up to so many points each one is marked


@dataclass(frozen=True)
class Curve:
    """A drawing and its place: "half" a row, or a whole one, drawn once for a "wide" and once for a "narrow" page."""

    place: str
    drawing: Drawing


@dataclass(frozen=True)
class _Line:
    """One column against the clock."""

    column: str
    x: np.ndarray
    y: np.ndarray

    def draw(self, axes: Axes, colour: str, label: str) -> None:
        marker = "o" if len(self.x) <= _FEW else ""  # a single point is no line
        (line,) = axes.plot(self.x, self.y, color=COLOURS[colour].light, marker=marker, markersize=4)
        line.set(label=label, gid=self.column)


def learning_curves(history: pd.DataFrame, token: str = "token") -> tuple[Curve, ...]:
    """Loss, gradient norm, clip rate, learning rate and speed, as far as the history has them.

    The clock is the update; without that column the epoch, without both the seconds. A row may hold training numbers,
    validation numbers or both. What is not finite is not drawn.

    Args:
        history: Columns `update`, `epoch`, `seconds`, `nats`, `perplexity`, `val_nats`, `val_perplexity`,
            `gradient_norm`, `clip_rate`, `learning_rate`, `tokens_per_second`; any may be missing, others are not read.
        token: What a token is called.

    Raises:
        InputError: if one of these columns holds something else than numbers.

    Example:

    >>> [curve.place for curve in learning_curves(pd.DataFrame({"update": [1, 2], "nats": [2.0, 1.5]}))]
    ['wide', 'narrow']
    """
    history = _numbers(history)
    clock = next((name for name in _CLOCKS if name in history), None)
    if clock is None:
        return ()
    return (*_loss(history, clock, token), *_panels(history, clock, token))


def _numbers(history: pd.DataFrame) -> pd.DataFrame:
    """The columns we draw that hold at least one finite number."""
    columns = {}
    for name in (*_CLOCKS, *_LOSSES, *_PANELS):
        if name not in history:
            continue
        try:
            column = pd.to_numeric(history[name]).astype("float64")
        except (TypeError, ValueError) as error:
            raise InputError(
                f"`history.{name}` must hold numbers only: {error}. Mend the column or drop it."
            ) from error
        column = column.where(np.isfinite(column))
        if column.notna().any():
            columns[name] = column
    return pd.DataFrame(columns)


def _line(history: pd.DataFrame, clock: str, name: str) -> _Line | None:
    if name not in history:
        return None
    rows = history[[clock, name]].dropna()
    return None if rows.empty else _Line(name, rows[clock].to_numpy(), rows[name].to_numpy())


def _loss(history: pd.DataFrame, clock: str, token: str) -> Iterator[Curve]:
    # perplexity = exp(nats): one curve tells both, and the column is drawn only where there are no nats.
    has_nats = "nats" in history or "val_nats" in history
    unit, title = ("nats", f"loss, nats a {token}") if has_nats else ("perplexity", "loss as perplexity")
    train, valid = _line(history, clock, unit), _line(history, clock, f"val_{unit}")
    if train is None and valid is None:
        return

    def paint(axes: Axes, times: int) -> None:
        if train is not None:
            train.draw(axes, "muted", f"training, last {train.y[-1]:.4g}")
        if valid is not None:
            valid.draw(axes, "accent", f"validation, best {valid.y.min():.4g}")
            best = valid.y.argmin()
            axes.scatter(valid.x[best], valid.y[best], s=100, facecolors="none", edgecolors=COLOURS["accent"].light)
        axes.legend(loc="upper right", labelcolor="linecolor")  # the corner that a falling curve leaves free
        _name_clock(axes, clock)
        if clock == "update" and "seconds" in history:
            _add_seconds(axes, history, times)
        if has_nats and axes.get_ylim()[1] < _DIVERGED:
            _add_perplexity(axes)

    margins = Margins(44, 64 if has_nats else 4, 26, 46)
    for place, size, times in (("wide", (860, 360), 5), ("narrow", (388, 320), 3)):
        yield Curve(place, draw(f"loss-{place}", title, size, margins, partial(paint, times=times)))


def _panels(history: pd.DataFrame, clock: str, token: str) -> Iterator[Curve]:
    for name, title in _PANELS.items():
        line = _line(history, clock, name)
        if line is not None:
            yield _panel(line, title.format(token=token), clock)


def _panel(line: _Line, title: str, clock: str) -> Curve:
    def paint(axes: Axes) -> None:
        line.draw(axes, "accent", title)
        axes.set_ylim(0, line.y.max() * 1.08 or 1)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(_formatter(line.column))
        _name_clock(axes, clock)

    return Curve("half", draw(line.column.replace("_", "-"), title, (416, 200), Margins(44, 4, 8, 46), paint))


def _formatter(column: str) -> Formatter:
    if column in ("update", "tokens_per_second"):
        return EngFormatter(sep="")  # 30k
    return PercentFormatter(1) if column == "clip_rate" else FuncFormatter(lambda value, _: f"{value:.6g}")


def _name_clock(axes: Axes, clock: str) -> None:
    axes.set_xlabel(_CLOCKS[clock])
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=clock == "update"))
    axes.xaxis.set_major_formatter(_formatter(clock))


def _add_seconds(axes: Axes, history: pd.DataFrame, times: int) -> None:
    """A second axis on top: how long the run had taken. Left out if the two clocks disagree on what came first."""
    rows = history[["update", "seconds"]].dropna()
    seconds, updates = rows["seconds"].to_numpy(), rows["update"].to_numpy()
    if len(rows) < 2 or np.any(np.diff(seconds) < 0) or np.any(np.diff(updates) < 0) or seconds[0] == seconds[-1]:
        return
    ticks = _round_times(seconds[0], seconds[-1], times)
    top = axes.twiny()
    top.set_xlim(axes.get_xlim())
    top.set_xticks(np.interp(ticks, seconds, updates), [duration(tick) for tick in ticks])
    top.grid(visible=False)


def _round_times(first: float, last: float, most: int) -> np.ndarray:
    """About `most` round times between two others."""
    rounds = (step * unit for unit in (0.001, 0.1, 1, 60, 3600, 36000) for step in (1, 2, 5, 10, 15, 30))
    step = next((step for step in rounds if (last - first) / step <= most), (last - first) / most)
    return np.arange(np.ceil(first / step), np.floor(last / step) + 1) * step


def _add_perplexity(axes: Axes) -> None:
    """A second axis to the right: the same values as perplexity."""
    low, high = axes.get_ylim()
    right = axes.twinx()
    right.set_ylim(low, high)
    ticks = _round_perplexities(np.exp(low), np.exp(high))
    right.set_yticks(np.log(ticks), [f"{tick:,.4g}" for tick in ticks])
    right.set_ylabel("perplexity")
    right.grid(visible=False)


def _round_perplexities(low: float, high: float) -> np.ndarray:
    """At most seven round numbers between two others; in a wide range they are spread as on a logarithmic scale."""
    if high / low < 3:
        ticks = np.asarray(MaxNLocator(5).tick_values(low, high))
        return ticks[(ticks >= low) & (ticks <= high)]
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for digits in ([1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]):
        ticks = np.outer(powers, digits).ravel()
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        if len(ticks) <= 7:
            break
    return ticks
