"""How often the gates of a model stand fully open or fully shut."""

from typing import NamedTuple

import numpy as np

from seqkit.inspection.hidden_activations import Activations

SHUT, OPEN, FULL = 0.1, 0.9, 0.9


class Saturation(NamedTuple):
    """One gate of one layer, or the layer's outputs.

    Attributes:
        layer: Number of the layer, counted from 0.
        gate: Name of the gate; '|h|' stands for the outputs.
        left: `(units,)`, for each unit the share of steps at which its gate is below 0.1 (for '|h|': at which
            h < -0.9).
        right: `(units,)`, the share of steps at which it is above 0.9 (for '|h|': at which h > 0.9).
    """

    layer: int
    gate: str
    left: np.ndarray
    right: np.ndarray


def gate_saturation(activations: Activations) -> tuple[Saturation, ...]:
    """For every layer, every gate, and the outputs '|h|' themselves, how much of the time each unit is saturated.

    left_j = #{t: gate_tj < 0.1} / T;  right_j = #{t: gate_tj > 0.9} / T;  for h: #{t: h_tj < -0.9} and #{t: h_tj > 0.9}

    A unit whose forget gate is right-saturated nearly always remembers over long spans; one that is left-saturated
    nearly always is a plain feed-forward unit.

    Args:
        activations: As `hidden_activations` gives them.

    Example:

    >>> hidden = np.zeros((4, 1, 1), "float32")
    >>> forget = np.array([0.95, 0.95, 0.05, 0.5], "float32").reshape(4, 1, 1)
    >>> [gate, outputs] = gate_saturation(Activations(hidden, {"forget": forget}))
    >>> gate.gate, gate.left.tolist(), gate.right.tolist(), outputs.gate, outputs.right.tolist()
    ('forget', [0.25], [0.5], '|h|', [0.0])

    References: Karpathy et al. 2015, section 4.2.
    """
    found = []
    for layer in range(activations.hidden.shape[1]):
        for name, gate in activations.gates.items():
            values = gate[:, layer]  # (time, units)
            found.append(Saturation(layer, name, (values < SHUT).mean(axis=0), (values > OPEN).mean(axis=0)))
        values = activations.hidden[:, layer]
        found.append(Saturation(layer, "|h|", (values < -FULL).mean(axis=0), (values > FULL).mean(axis=0)))
    return tuple(found)
