"""The gated recurrent unit without relevance gate."""

from collections.abc import Sequence

from keras import ops

from seqkit.kernels.backend import sigmoid_gradient, tanh_gradient
from seqkit.kernels.recurrence import Recurrence


class MinimalGRURecurrence(Recurrence):
    """A GRU without relevance gate over whole sequences; the weights are those of `MinimalGRUCell`.

    u = sigmoid(x_t W_u + c_{t-1} U_u + b_u);  c~ = tanh(x_t W_c + c_{t-1} U_c + b_c);  c_t = u c~ + (1 - u) c_{t-1}

    State: c.
    """

    gates = 2  # u, c~
    kept = 2
    recalled = (0,)

    def advance(self, projected: Sequence, recurrent: Sequence, state: tuple) -> tuple[tuple, tuple]:
        update, candidate = ops.sigmoid(projected[0] + recurrent[0]), ops.tanh(projected[1] + recurrent[1])
        return (state[0] + update * (candidate - state[0]),), (update, candidate)

    def retreat(self, d_state: tuple, recalled: Sequence, kept: Sequence) -> tuple[tuple, tuple, tuple]:
        [d_hidden] = d_state
        update, candidate = kept
        d_update = sigmoid_gradient(update, d_hidden * (candidate - recalled[0]))
        renewed = d_hidden * update
        return (d_update, tanh_gradient(candidate, renewed)), (d_hidden - renewed,), ()


minimal_gru = MinimalGRURecurrence()
