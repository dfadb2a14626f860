"""The four recurrent cells as the textbooks write them: one step, plain NumPy, float64.

Each takes the weights as Keras lays them out (kernel, recurrent kernel, bias) and spells out the formula gate by gate.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def simple_rnn(x, hidden, kernel, recurrent, bias):
    """a = tanh(W_ax x + W_aa a + b) (Elman 1990)."""
    return np.tanh(x @ kernel + hidden @ recurrent + bias)


def minimal_gru(x, memory, kernel, recurrent, bias):
    """c~ = tanh(W_c [c, x] + b_c); u = sigmoid(W_u [c, x] + b_u); c = u * c~ + (1 - u) * c."""
    units = memory.shape[-1]
    weights = np.concatenate([recurrent, kernel])  # the textbook multiplies the stacked vector [c, x]
    stacked = np.concatenate([memory, x], axis=-1)
    update = sigmoid(stacked @ weights[:, :units] + bias[:units])
    candidate = np.tanh(stacked @ weights[:, units:] + bias[units:])
    return update * candidate + (1 - update) * memory


def gru(x, memory, kernel, recurrent, bias):
    """The full GRU with relevance gate (Cho et al. 2014): r resets the memory before it is multiplied.

    c~ = tanh(W_c [r * c, x] + b_c); u and r = sigmoid(W [c, x] + b); c = u * c~ + (1 - u) * c.
    Keras calls the complement of the update gate z, so its first block of weights gives z = 1 - u.
    """
    units = memory.shape[-1]
    w_z, w_r, w_c = (kernel[:, k * units : (k + 1) * units] for k in range(3))
    u_z, u_r, u_c = (recurrent[:, k * units : (k + 1) * units] for k in range(3))
    b_z, b_r, b_c = (bias[k * units : (k + 1) * units] for k in range(3))
    update = 1 - sigmoid(x @ w_z + memory @ u_z + b_z)
    relevance = sigmoid(x @ w_r + memory @ u_r + b_r)
    candidate = np.tanh(x @ w_c + (relevance * memory) @ u_c + b_c)
    return update * candidate + (1 - update) * memory


def gru_reset_after(x, memory, kernel, recurrent, bias):
    """The cuDNN form, Keras's default: the reset gate acts after the product, and there is a second bias."""
    units = memory.shape[-1]
    input_bias, recurrent_bias = bias
    from_x, from_memory = x @ kernel + input_bias, memory @ recurrent + recurrent_bias
    z = sigmoid(from_x[:, :units] + from_memory[:, :units])
    relevance = sigmoid(from_x[:, units : 2 * units] + from_memory[:, units : 2 * units])
    candidate = np.tanh(from_x[:, 2 * units :] + relevance * from_memory[:, 2 * units :])
    return (1 - z) * candidate + z * memory


def lstm(x, hidden, cell, kernel, recurrent, bias):
    """Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; gates in the order i, f, c~, o."""
    units = hidden.shape[-1]
    gates = x @ kernel + hidden @ recurrent + bias
    i, f, o = (sigmoid(gates[:, k * units : (k + 1) * units]) for k in (0, 1, 3))
    candidate = np.tanh(gates[:, 2 * units : 3 * units])
    cell = f * cell + i * candidate
    return o * np.tanh(cell), cell
