"""What every unit of a recurrent model does at every step of a text."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.inspection.parts import check_ids, check_model

# cell -> gates in the order of the blocks of its weights; "-" stands before one whose complement is stored, and None
# for a block that is no gate
_GATES: dict[str, tuple[str | None, ...]] = {
    "simple_rnn": (None,),
    "minimal_gru": ("update", None),
    "gru": ("-update", "reset", None),
    "lstm": ("input", "forget", None, "output"),
}


@dataclass(frozen=True)
class Activations:
    """The inside of a model while it reads one text.

    Attributes:
        hidden: Float32 `(time, layers, units)`: the output h_t of every unit after each token.
        gates: Name of a gate -> float32 `(time, layers, units)`, how far it was open, in [0, 1]. An LSTM has 'input',
            'forget' and 'output', a GRU 'update' and 'reset', a minimal GRU 'update', a simple RNN none. An open update
            gate takes the new value, a shut one keeps the old.
    """

    hidden: np.ndarray
    gates: dict[str, np.ndarray]


def hidden_activations(model: keras.Model, ids: Any) -> Activations:
    """The output of every unit and the openness of every gate, at every step of one text read from zero state.

    gate_t = sigmoid(x_t W + h_{t-1} U + b), with the gate's own columns of W, U and b; x_t comes from the layer below

    Args:
        model: A `LanguageModel`.
        ids: Integers `(time,)`, at least one.

    Raises:
        InputError: if `model` is another one or `ids` are not as named above.

    Example:

    >>> from seqkit.models import language_model
    >>> found = hidden_activations(language_model(vocabulary_size=5, cell="gru", units=4, depth=2), [1, 2, 3])
    >>> found.hidden.shape, sorted(found.gates), found.gates["reset"].shape
    ((3, 2, 4), ['reset', 'update'], (3, 2, 4))

    References: Karpathy et al. 2015, section 4.2.
    """
    model = check_model(model)
    ids = check_ids(ids, model)
    if not len(ids):
        raise InputError("`ids` must hold at least one token. Received: none.")

    def read(ids: Any) -> tuple:
        features, hidden, gates = model.input_layer(ids), [], []
        for layer in model.encoder.recurrent_layers:
            outputs, *_ = layer(features)
            before = ops.pad(outputs, [[0, 0], [1, 0], [0, 0]])[:, :-1]  # h_{t-1}, from zero state
            hidden.append(outputs)
            gates.append(_gates(layer.cell, model.cell, features, before))
            features = outputs
        # (1, time, units) a layer -> (time, layers, units)
        return ops.stack(hidden, axis=2)[0], {name: ops.stack([g[name] for g in gates], axis=2)[0] for name in gates[0]}

    hidden, gates = kernels.compile(read, model.variables)(ids[None])
    return Activations(_array(hidden), {name: _array(gates[name]) for name in gates})


def _gates(cell: Any, kind: str, inputs: Any, before: Any) -> dict[str, Any]:
    """Each gate of a layer at all steps at once, `(batch, time, units)`."""
    names = _GATES[kind]
    weights = (ops.cast(weight, inputs.dtype) for weight in (cell.kernel, cell.recurrent_kernel, cell.bias))
    kernel, recurrent_kernel, bias = (ops.split(weight, len(names), axis=-1) for weight in weights)
    found = {}
    for name, w, u, b in zip(names, kernel, recurrent_kernel, bias, strict=True):
        if name is None:
            continue
        # A GRU of the form `reset_after` has two biases, which a gate adds up.
        total = ops.matmul(inputs, w) + ops.matmul(before, u) + (ops.sum(b, axis=0) if len(b.shape) == 2 else b)
        found[name.removeprefix("-")] = ops.sigmoid(-total if name.startswith("-") else total)  # 1 - s(x) = s(-x)
    return found


def _array(tensor: Any) -> np.ndarray:
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))
