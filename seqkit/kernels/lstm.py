"""The long short-term memory."""

from collections.abc import Sequence

from keras import ops

from seqkit.kernels.backend import sigmoid_gradient, tanh_gradient
from seqkit.kernels.recurrence import Recurrence


class LSTMRecurrence(Recurrence):
    """An LSTM over whole sequences; its weights, and the order of the gates in them, are Keras's.

    z_t = x_t W + h_{t-1} U + b;  i, f, o = sigmoid(z);  c~ = tanh(z);  c_t = f c_{t-1} + i c~;  h_t = o tanh(c_t)

    State: h and c. References: Hochreiter & Schmidhuber 1997; Gers et al. 2000.
    """

    gates = 4  # i, f, c~, o
    kept = 5
    recalled = (1,)

    def advance(self, projected: Sequence, recurrent: Sequence, state: tuple) -> tuple[tuple, tuple]:
        i, f, candidate, o = (p + r for p, r in zip(projected, recurrent, strict=True))
        i, f, candidate, o = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(candidate), ops.sigmoid(o)
        cell = f * state[1] + i * candidate
        squashed = ops.tanh(cell)
        return (o * squashed, cell), (i, f, candidate, o, squashed)

    def retreat(self, d_state: tuple, recalled: Sequence, kept: Sequence) -> tuple[tuple, tuple, tuple]:
        d_hidden, d_cell = d_state
        i, f, candidate, o, squashed = kept
        d_cell = d_cell + tanh_gradient(squashed, d_hidden * o)
        d_recurrent = (
            sigmoid_gradient(i, d_cell * candidate),
            sigmoid_gradient(f, d_cell * recalled[0]),
            tanh_gradient(candidate, d_cell * i),
            sigmoid_gradient(o, d_hidden * squashed),
        )
        return d_recurrent, (None, d_cell * f), ()


lstm = LSTMRecurrence()
