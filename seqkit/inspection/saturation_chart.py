"""How much of the time each unit's gate is shut and open, as a drawing."""

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from seqkit.evaluation.colours import COLOURS
from seqkit.evaluation.drawing import Drawing, Margins, draw
from seqkit.inspection.gate_saturation import Saturation

__all__ = ["saturation_chart"]


def saturation_chart(saturation: Saturation) -> Drawing:
    """One dot a unit: to the right, how often it is saturated high; upwards, how often low.

    Dots near the corner at the bottom left are units that never saturate; the diagonal is the most there can be.

    Args:
        saturation: One of those that `gate_saturation` finds.

    Example:

    >>> import numpy as np
    >>> saturation_chart(Saturation(0, "forget", np.array([0.1, 0.0]), np.array([0.5, 0.9]))).title
    'layer 0, forget gate'
    """
    outputs = saturation.gate == "|h|"

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [1, 0], color=COLOURS["rule"].light, linewidth=1)
        axes.plot(
            saturation.right,
            saturation.left,
            linestyle="",
            marker="o",
            markersize=4,
            alpha=0.5,
            color=COLOURS["accent"].light,
            gid="units",
        )
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        axes.set_xlabel("h > 0.9" if outputs else "open (> 0.9)")
        axes.set_ylabel("h < -0.9" if outputs else "shut (< 0.1)")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0, decimals=0))

    title = f"layer {saturation.layer}, {'outputs' if outputs else f'{saturation.gate} gate'}"
    heard = f"on average {saturation.right.mean():.0%} of the time high and {saturation.left.mean():.0%} low"
    name = f"saturation-{saturation.layer}-{'outputs' if outputs else saturation.gate}"
    return draw(name, title, (270, 230), Margins(62, 12, 10, 48), paint, heard)
