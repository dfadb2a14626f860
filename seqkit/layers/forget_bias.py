"""A bias that lets a young gated network remember."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_choice

# Cell -> blocks of its bias, the block of the gate that decides what is kept, and the sign with which it does:
# Keras's GRU keeps z of the old state, the minimal GRU keeps 1 - u of it.
_GATES = {"minimal_gru": (2, 0, -1.0), "gru": (3, 0, 1.0), "lstm": (4, 1, 1.0)}
FORGETTING_CELLS = tuple(_GATES)


@keras.saving.register_keras_serializable(package="seqkit")
class ForgetBias(keras.initializers.Initializer):
    """Initial biases: zeros, but for the gate that decides how much of the old state is kept.

    b_f = value (LSTM);  b_z = value (GRU, which keeps z of the old);  b_u = -value (minimal GRU: 1 - u of it)

    With `value` = log(T) a unit forgets over about T steps before anything is learnt.

    Args:
        cell: One of 'minimal_gru', 'gru', 'lstm'; a simple RNN has no gate.
        value: Float. 1 is what Keras gives the LSTM and 0 what it gives the GRU.

    Call arguments:
        shape: `(gates * units,)`, or `(2, gates * units)` for a GRU whose recurrent product has a bias of its own;
            that one stays zero.
        dtype: Dtype of the result.

    Raises:
        InputError: if `cell` is not one of those above.

    Example:

    >>> keras.ops.convert_to_numpy(ForgetBias("lstm", 2.0)((8,))).tolist()  # i, f, c~, o of two units
    [0.0, 0.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0]

    References: Gers et al. 2000; Jozefowicz et al. 2015, section 4 (a bias of 1); Tallec & Ollivier 2018 (log T).
    """

    def __init__(self, cell: str, value: float) -> None:
        self.cell = check_choice("cell", cell, FORGETTING_CELLS)
        self.value = value

    def __call__(self, shape: tuple, dtype: Any = None) -> Any:
        gates, gate, sign = _GATES[self.cell]
        units = shape[-1] // gates
        blocks = [ops.full((units,), sign * self.value if k == gate else 0.0, dtype=dtype) for k in range(gates)]
        bias = ops.concatenate(blocks)  # (gates * units,)
        return bias if len(shape) == 1 else ops.stack([bias, ops.zeros_like(bias)])

    def get_config(self) -> dict:
        return {"cell": self.cell, "value": self.value}
