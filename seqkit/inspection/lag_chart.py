"""The gradient against the distance it has gone, as a drawing."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from seqkit.evaluation.colours import COLOURS
from seqkit.evaluation.drawing import Drawing, Margins, draw
from seqkit.inspection.lag_curve import LagCurve

__all__ = ["lag_chart"]

_FLOOR = 1e-8  # shares below it are not drawn
_STYLES = ("-", "--", "-.", ":")


def lag_chart(curves: Sequence[LagCurve], highlighted: str) -> Drawing:
    """One line a curve, as shares of its gradient at lag 0, on a logarithmic scale.

    Args:
        curves: As `gradient_by_lag` and `fresh_lag_curves` give them.
        highlighted: Name of the curve that stands out.

    Example:

    >>> lag_chart([LagCurve("this model", np.array([1.0, 0.5]))], "this model").title
    'gradient norm by lag, as a share of that at lag 0'
    """
    styles = iter(_STYLES * len(curves))

    def paint(axes: Axes) -> None:
        for curve in curves:
            shares = np.where(curve.relative > _FLOOR, curve.relative, np.nan)
            (line,) = axes.plot(np.arange(len(shares)), shares, label=curve.name, gid=curve.name.replace(" ", "-"))
            if curve.name == highlighted:
                line.set(color=COLOURS["accent"].light, linewidth=2.6, zorder=3)
            else:
                line.set(color=COLOURS["muted"].light, linestyle=next(styles))
        axes.set_yscale("log")
        axes.set_xlabel("tokens back")
        # Outside, where no line can run through it.
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=3.2)

    title = "gradient norm by lag, as a share of that at lag 0"
    heard = "; ".join(f"{curve.name} {curve.relative[-1]:.1e} at lag {len(curve.norms) - 1}" for curve in curves)
    return draw("lags", title, (860, 320), Margins(56, 220, 12, 44), paint, heard)
