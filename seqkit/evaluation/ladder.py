"""The baseline ladder as a chart: what the model had to pass."""

from matplotlib.axes import Axes

from seqkit.evaluation.colours import COLOURS
from seqkit.evaluation.drawing import Drawing, Margins, draw
from seqkit.evaluation.report import Report
from seqkit.evaluation.standing import rungs
from seqkit.evaluation.visible import printable

__all__ = ["ladder_chart"]

_STEP = 46  # pixels from one rung to the next
_LONGEST_NAME = 44  # characters that fit into the width


def ladder_chart(report: Report) -> Drawing:
    """Horizontal bars, best on top, the model's own in the accent colour; each name stands above its bar."""
    ladder = rungs(report)
    headline = report.headline
    values = [rung.metrics[headline.name] for rung in ladder]
    names = [_shortened(printable(rung.name)) for rung in ladder]
    numbers = [headline.format(value) for value in values]

    def paint(axes: Axes) -> None:
        shades = [COLOURS["accent" if rung.is_model else "bar"].light for rung in ladder]
        axes.barh(range(len(ladder)), values, height=0.36, color=shades)
        for place, (rung, value) in enumerate(zip(ladder, values, strict=True)):
            for text in (
                axes.annotate(names[place], (0, place), (0, 11), textcoords="offset points", va="bottom"),
                axes.annotate(numbers[place], (value, place), (7, -5), textcoords="offset points"),
            ):
                text.set_parse_math(False)  # a name may hold dollars
                if rung.is_model:
                    text.set(color=COLOURS["accent"].light, weight="bold")
        axes.set_xlim(0, max(values) or 1)
        axes.set_ylim(len(ladder) - 0.5, -0.5)  # best on top
        axes.set_axis_off()

    direction = "lower" if headline.lower_is_better else "higher"
    title = f"{headline.label.format(token=report.token)}, {direction} is better"
    heard = "; ".join(f"{name} {number}" for name, number in zip(names, numbers, strict=True))
    # On the right the number at the end of the longest bar, on top the name of the first.
    return draw("ladder", title, (388, 12 + _STEP * len(ladder)), Margins(0, 64, 12, 0), paint, heard)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
