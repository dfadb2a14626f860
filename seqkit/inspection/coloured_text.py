"""A text in the colours of one unit."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from markupsafe import Markup

from seqkit.evaluation.visible import visible

__all__ = ["SHADES", "coloured_text"]

SHADES = 8  # steps from no colour to the strongest, on either side


def coloured_text(text: str, spans: Sequence[tuple[int, int]], values: np.ndarray) -> Markup:
    """`text` as HTML; each token has the shade of its value, and the characters between tokens have none.

    The strongest shade stands for the largest |value|. The class `p8` is the strongest of the positive side, `n8` of
    the negative; what rounds to 0 stays plain.

    Args:
        text: The text, which is escaped.
        spans: Where each token stands in it. Of tokens that share a character, the last one colours it.
        values: Floats `(tokens,)`.

    Example:

    >>> print(coloured_text("a<b", [(0, 1), (1, 2), (2, 3)], np.array([0.5, 0.5, -0.25])))
    <b class="p8">a&lt;</b><b class="n4">b</b>
    """
    largest = float(np.abs(values).max(initial=0.0))
    steps = np.round(values / largest * SHADES).astype(int) if largest else np.zeros(len(values), int)
    shade = np.zeros(len(text), int)
    for (begin, end), step in zip(spans, steps, strict=True):
        shade[begin:end] = step
    html = Markup()
    for step, places in groupby(range(len(text)), key=lambda place: int(shade[place])):
        inside = list(places)
        piece = visible(text[inside[0] : inside[-1] + 1])
        html += Markup('<b class="{}{}">{}</b>').format("p" if step > 0 else "n", abs(step), piece) if step else piece
    return html
