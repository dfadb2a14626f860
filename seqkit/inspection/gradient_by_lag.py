"""How far back a language model's predictions depend on what it has read."""

from typing import Any

import keras
import numpy as np
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError, check_positive_int
from seqkit.inspection.input_gradient_norms import input_gradient_norms
from seqkit.inspection.lag_curve import LagCurve
from seqkit.inspection.parts import check_ids, check_model


def gradient_by_lag(
    model: keras.Model, ids: Any, *, lags: int = 50, positions: int = 64, name: str = "this model"
) -> LagCurve:
    """The gradient of a prediction with respect to the token `lag` steps back, averaged over a text.

    g(k) = mean over t of || d log p(x_{t+1} | x_1 ... x_t) / d e_{t-k} ||_2,  k = 0 ... lags

    e_s are the input features (embedding or one-hot) of x_s. The positions t stand evenly spaced; before each, the
    model has read the text from its beginning. This is the signal by which truncated BPTT learns from what is `lag`
    steps back, as far as its windows reach.

    Args:
        model: A `LanguageModel`.
        ids: Integers `(time,)`, at least `lags + positions + 1`.
        lags: Positive integer. The largest lag.
        positions: Positive integer. How many predictions are averaged.
        name: What the curve is called.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> from seqkit.models import language_model
    >>> model = language_model(vocabulary_size=5, units=4)
    >>> gradient_by_lag(model, np.arange(40) % 5, lags=6, positions=8).norms.shape
    (7,)

    References: Bengio et al. 1994 and Pascanu et al. 2013 (why it fades); Hochreiter & Schmidhuber 1997.
    """
    model = check_model(model)
    ids = check_ids(ids, model)
    check_positive_int("lags", lags)
    check_positive_int("positions", positions)
    if len(ids) < lags + positions + 1:
        raise InputError(
            f"The text must hold at least lags + positions + 1 tokens. Received: {len(ids)} tokens, lags={lags}, "
            f"positions={positions}. Use more text, or smaller `lags`."
        )
    stride = (len(ids) - lags - 1) // positions
    begins = np.arange(positions) * stride
    read = kernels.compile(lambda ids, state: model.step(ids, state)[1], model.variables)
    states = [keras.tree.map_structure(ops.convert_to_tensor, model.initial_state(1))]
    for begin in begins[:-1]:
        states.append(read(ids[None, begin : begin + stride], states[-1]))
    state = keras.tree.map_structure(lambda *rows: ops.concatenate(rows, axis=0), *states)  # (positions, units)
    windows = ids[begins[:, None] + np.arange(lags + 1)]  # (positions, lags + 1)
    norms = input_gradient_norms(model, windows, ids[begins + lags + 1], state)
    return LagCurve(name, norms.mean(axis=0, dtype=np.float64)[::-1])
