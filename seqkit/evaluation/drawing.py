"""A drawing for a page: matplotlib's layout, the page's fonts and colours."""

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import matplotlib.style
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqkit.evaluation.colours import COLOURS

__all__ = ["Drawing", "Margins", "draw"]

_STYLE = {
    "font.size": 13,
    "font.sans-serif": ["DejaVu Sans"],
    "text.color": COLOURS["ink"].light,
    "axes.labelcolor": COLOURS["muted"].light,
    "axes.edgecolor": COLOURS["rule"].light,
    "axes.linewidth": 1,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.formatter.useoffset": False,
    "axes.xmargin": 0.01,
    "grid.color": COLOURS["rule"].light,
    "grid.linewidth": 1,
    "xtick.color": COLOURS["muted"].light,
    "ytick.color": COLOURS["muted"].light,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: it is searched, copied and read aloud
}
_POINTS_PER_INCH = 72  # a point of matplotlib's is a unit of its SVG, which the page shows as a pixel


class Margins(NamedTuple):
    """Pixels between the edge of a drawing and its axes; equal ones align drawings with each other."""

    left: int
    right: int
    top: int
    bottom: int


@dataclass(frozen=True)
class Drawing:
    """An `<svg>` element and the plain text that stands above it."""

    title: str
    svg: Markup


def draw(
    name: str, title: str, size: tuple[int, int], margins: Margins, paint: Callable[[Axes], None], heard: str = ""
) -> Drawing:
    """Draws one figure as SVG for a page. The same data gives the same bytes.

    Args:
        name: Made of letters, digits and dashes, and unique in the page: every id in the drawing begins with it.
        title: What is to be seen; it is not drawn but handed on for the page to print.
        size: Width and height in CSS pixels; at this width its text is as large as it says, and it grows no wider.
        margins: Room for tick labels.
        paint: Draws on the axes. Colours come from `COLOURS`, in their light shade; the page turns them dark.
        heard: What those are told, after the title, who hear the page.

    Example:

    >>> draw("line", "a line", (200, 100), Margins(30, 0, 0, 20), lambda axes: axes.plot([1, 2])).svg[:33]
    Markup('<svg role="img" aria-label="a lin')
    """
    width, height = size
    file = io.StringIO()
    # "default" first, so that a user's own matplotlibrc changes nothing here.
    with matplotlib.style.context(["default", _STYLE | {"svg.hashsalt": name}]), warnings.catch_warnings():
        # The browser draws the text, with its own fonts; what matplotlib's lacks is no loss.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        figure = Figure(figsize=(width / _POINTS_PER_INCH, height / _POINTS_PER_INCH))
        figure.subplots_adjust(
            margins.left / width, margins.bottom / height, 1 - margins.right / width, 1 - margins.top / height
        )
        paint(figure.add_subplot())
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    label = f"{title}: {heard}" if heard else title
    return Drawing(title, _for_page(file.getvalue(), name, label, width))


def _for_page(svg: str, name: str, label: str, width: int) -> Markup:
    svg = svg[svg.index("<svg") :]  # neither XML declaration nor doctype inside a page
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)  # it would rule the whole page
    # matplotlib calls the axes of every figure "axes_1"; a page may hold an id only once.
    svg = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{name}-", svg)
    for colour, shades in COLOURS.items():
        svg = svg.replace(shades.light, f"var(--{colour})")
    opening = f'<svg role="img" aria-label="{escape(label)}" style="max-width: {width}px"'
    return Markup(re.sub(r'<svg(.*?) width="\S+" height="\S+"', lambda match: opening + match[1], svg, count=1))
