"""What the four cells make of a gradient before anything is learnt."""

from typing import Any

import keras

from seqkit.inspection.gradient_by_lag import gradient_by_lag
from seqkit.inspection.lag_curve import LagCurve
from seqkit.inspection.parts import check_model
from seqkit.layers import CELLS
from seqkit.models import language_model


def fresh_lag_curves(
    model: keras.Model, ids: Any, *, lags: int = 50, positions: int = 64, cells: tuple[str, ...] = CELLS
) -> tuple[LagCurve, ...]:
    """The curves of `gradient_by_lag` of untrained models that differ from a given one in cell and weights only.

    Each has the same sizes and its cell's usual initial values; weights follow `keras.utils.set_random_seed`. Beside
    them one sees what training has changed.

    Args:
        model: A `LanguageModel`.
        ids: As `gradient_by_lag`.
        lags: As `gradient_by_lag`.
        positions: As `gradient_by_lag`.
        cells: Some of 'simple_rnn', 'minimal_gru', 'gru', 'lstm'.

    Returns:
        One curve a cell, named after it.

    Raises:
        InputError: as `gradient_by_lag`, or if a cell is not one of these.

    Example:

    >>> model = language_model(vocabulary_size=5, units=4)
    >>> curves = fresh_lag_curves(model, np.arange(40) % 5, lags=6, positions=8, cells=("gru", "lstm"))
    >>> [curve.name for curve in curves]
    ['gru, untrained', 'lstm, untrained']
    """
    model = check_model(model)
    sizes: dict[str, Any] = {
        name: getattr(model, name) for name in ("vocabulary_size", "units", "depth", "embedding", "head", "cutoffs")
    }
    return tuple(
        gradient_by_lag(
            language_model(cell=cell, **sizes), ids, lags=lags, positions=positions, name=f"{cell}, untrained"
        )
        for cell in cells
    )
