"""The simple recurrent network."""

from collections.abc import Sequence

from keras import ops

from seqkit.kernels.backend import tanh_gradient
from seqkit.kernels.recurrence import OUTPUT, Recurrence


class SimpleRNNRecurrence(Recurrence):
    """A simple recurrent network over whole sequences.

    h_t = tanh(x_t W + h_{t-1} U + b)

    State: h. References: Elman 1990.
    """

    gates = 1
    kept = 0
    recalled = (OUTPUT,)

    def advance(self, projected: Sequence, recurrent: Sequence, state: tuple) -> tuple[tuple, tuple]:
        return (ops.tanh(projected[0] + recurrent[0]),), ()

    def retreat(self, d_state: tuple, recalled: Sequence, kept: Sequence) -> tuple[tuple, tuple, tuple]:
        return (tanh_gradient(recalled[0], d_state[0]),), (None,), ()


simple_rnn = SimpleRNNRecurrence()
