"""What is seen inside a model, as one page that needs nothing but a browser."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from seqkit.checks import InputError
from seqkit.evaluation.frame import render
from seqkit.inspection.coloured_text import SHADES, coloured_text
from seqkit.inspection.following_units import Follower
from seqkit.inspection.gate_saturation import Saturation
from seqkit.inspection.lag_curve import LagCurve

__all__ = ["render_inspection"]

_TEMPLATE = Path(__file__).with_name("inspection_page.html.j2")


class _Unit(NamedTuple):
    """One unit's colours over the text; `open` says that they are seen at once."""

    title: str
    html: Markup
    open: bool


def render_inspection(
    name: str,
    text: str,
    spans: Sequence[tuple[int, int]],
    hidden: np.ndarray,
    *,
    curves: Sequence[LagCurve],
    saturations: Sequence[Saturation],
    followers: Sequence[Follower],
    features: Sequence[str],
    least: float,
    unit: tuple[int, int] | None = None,
    extent: str = "",
) -> str:
    """The page as HTML: the text in the colours of some units, the gradient by lag, the saturation of the gates.

    It is one file without scripts and without a single reference to the network.

    Args:
        name: Whose inside it is.
        text: The text that was read.
        spans: Where each token stands in it.
        hidden: `(tokens, layers, units)`, as `hidden_activations` gives it.
        curves: The model's own first.
        saturations: As `gate_saturation` gives them.
        followers: As `following_units` gives them. Each colours the text.
        features: What was looked for.
        least: The correlation that was asked for.
        unit: Layer and number of one more unit that colours the text, first.
        extent: How much of what was read, in a sentence.

    Raises:
        InputError: if there is no such unit.
    """
    # Here, because a second of matplotlib should be paid only by those who draw.
    from seqkit.inspection.lag_chart import lag_chart
    from seqkit.inspection.saturation_chart import saturation_chart

    layers, width = hidden.shape[1:]
    if unit is not None and not (0 <= unit[0] < layers and 0 <= unit[1] < width):
        raise InputError(
            f"The unit to show must be one of {width} in one of {layers} layers, both counted from 0. "
            f"Received: unit {unit[1]} of layer {unit[0]}."
        )
    own = curves[0]
    return render(
        _TEMPLATE,
        name=name,
        headline=_headline(own, followers),
        extent=extent,
        lags=lag_chart(curves, own.name),
        curves=curves,
        highlighted=own.name,
        last_lag=len(own.norms) - 1,
        followers=followers,
        features=features,
        least=least,
        shades=SHADES,
        units=_units(text, spans, hidden, followers, unit),
        gates=[saturation_chart(saturation) for saturation in saturations],
    )


def _headline(own: LagCurve, followers: Sequence[Follower]) -> str:
    reach = own.reach(0.1)
    tokens = "token" if reach == 1 else "tokens"
    far = "No gradient reaches its inputs" if reach is None else f"A tenth of the gradient goes back {reach} {tokens}"
    if not followers:
        return f"{far}; no single unit follows the text's form."
    closest = max(followers, key=lambda follower: abs(follower.correlation))
    return f"{far}; unit {closest.unit} follows {closest.feature} (r = {closest.correlation:+.2f})."


def _units(
    text: str,
    spans: Sequence[tuple[int, int]],
    hidden: np.ndarray,
    followers: Sequence[Follower],
    unit: tuple[int, int] | None,
) -> list[_Unit]:
    titles = {} if unit is None else {unit: [f"unit {unit[1]} of layer {unit[0]}, as asked for"]}
    for follower in followers:
        place = (follower.layer, follower.unit)
        first = [f"unit {follower.unit} of layer {follower.layer}"]
        titles.setdefault(place, first).append(f"{follower.feature} (r = {follower.correlation:+.2f})")
    if not titles:
        liveliest = int(hidden.std(axis=0).argmax())
        place = (liveliest // hidden.shape[2], liveliest % hidden.shape[2])
        titles[place] = [f"unit {place[1]} of layer {place[0]}, which varies most"]
    return [
        _Unit(": ".join([parts[0], ", ".join(parts[1:])]) if parts[1:] else parts[0], html, not number)
        for number, (place, parts) in enumerate(titles.items())
        for html in [coloured_text(text, spans, hidden[:, place[0], place[1]])]
    ]
