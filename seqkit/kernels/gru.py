"""The gated recurrent unit."""

from collections.abc import Sequence

from keras import ops

from seqkit.kernels.backend import sigmoid_gradient, tanh_gradient
from seqkit.kernels.recurrence import Recurrence


class GRURecurrence(Recurrence):
    """A GRU over whole sequences, in the form Keras calls `reset_after`; weights and their order are Keras's.

    p = x_t W + b;  q = h_{t-1} U + b';  z, r = sigmoid(p + q);  c~ = tanh(p + r q);  h_t = z h_{t-1} + (1 - z) c~

    State: h. References: Cho et al. 2014; the form with r after the product is that of cuDNN.
    """

    gates = 3  # z, r, c~
    kept = 4
    recalled = (0,)
    extras = 1
    apart = (2,)  # it stands inside r (h U + b')

    def advance(self, projected: Sequence, recurrent: Sequence, state: tuple) -> tuple[tuple, tuple]:
        z, r = ops.sigmoid(projected[0] + recurrent[0]), ops.sigmoid(projected[1] + recurrent[1])
        candidate = ops.tanh(projected[2] + r * recurrent[2])
        return (candidate + z * (state[0] - candidate),), (z, r, candidate, recurrent[2])

    def retreat(self, d_state: tuple, recalled: Sequence, kept: Sequence) -> tuple[tuple, tuple, tuple]:
        [d_hidden] = d_state
        z, r, candidate, remembered = kept
        kept_on = d_hidden * z
        d_candidate = tanh_gradient(candidate, d_hidden - kept_on)
        d_z = sigmoid_gradient(z, d_hidden * (recalled[0] - candidate))
        d_r = sigmoid_gradient(r, d_candidate * remembered)
        return (d_z, d_r, d_candidate * r), (kept_on,), (d_candidate,)

    def d_projected(self, d_recurrent: Sequence, extras: Sequence) -> Sequence:
        # The recurrent product comes into the candidate times r, the input product as it is.
        return (*d_recurrent[:2], *extras)


gru = GRURecurrence()
