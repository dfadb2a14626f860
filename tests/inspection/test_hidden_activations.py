"""Every unit and every gate, against stepping the model itself and against the textbook's formulas."""

import numpy as np
import pytest
from keras import ops, tree

from seqkit.checks import InputError
from seqkit.inspection import gate_saturation, hidden_activations
from seqkit.inspection.hidden_activations import Activations
from seqkit.models import language_model
from tests.oracles.textbook_cells import sigmoid

IDS = [3, 1, 4, 1, 0, 2]


def a_model(cell, **changes):
    model = language_model(**{"vocabulary_size": 5, "cell": cell, "units": 4, "depth": 2, "embedding": 3} | changes)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("cell", ["simple_rnn", "minimal_gru", "gru", "lstm"])
def test_outputs_are_those_of_the_model_stepping_token_by_token(cell):
    model, state = a_model(cell), None
    state = model.initial_state(1)
    found = hidden_activations(model, IDS).hidden
    for t, token in enumerate(IDS):
        _, state = model.step(np.array([[token]]), state)
        for layer in range(2):
            hidden = tree.flatten(state[layer])[0]
            np.testing.assert_allclose(found[t, layer], ops.convert_to_numpy(hidden)[0], atol=1e-5)


def by_hand(model, cell):
    """Gates of the lower layer, one token and one unit after another, from its weights alone."""
    kernel, recurrent, bias = (
        ops.convert_to_numpy(w).astype("float64") for w in model.encoder.recurrent_layers[0].weights
    )
    embedded = ops.convert_to_numpy(model.input_layer(np.array([IDS])))[0]
    hidden = hidden_activations(model, IDS).hidden[:, 0]
    before = np.concatenate([np.zeros((1, 4)), hidden[:-1]])
    bias = bias.reshape(-1, bias.shape[-1]).sum(0)  # both biases of a GRU act on its gates
    totals = embedded @ kernel + before @ recurrent + bias
    blocks = [sigmoid(totals[:, k * 4 : k * 4 + 4]) for k in range(totals.shape[1] // 4)]
    if cell == "lstm":
        return {"input": blocks[0], "forget": blocks[1], "output": blocks[3]}
    return {"update": 1 - blocks[0], "reset": blocks[1]} if cell == "gru" else {"update": blocks[0]}


@pytest.mark.parametrize("cell", ["minimal_gru", "gru", "lstm"])
def test_gates_are_the_formulas(cell):
    model = a_model(cell)
    found, expected = hidden_activations(model, IDS).gates, by_hand(model, cell)
    assert found.keys() == expected.keys()
    for name, gate in expected.items():
        np.testing.assert_allclose(found[name][:, 0], gate, atol=1e-5)


def test_an_update_gate_blends_the_old_and_the_new():
    """Shut, a minimal GRU keeps its state: h_t = h_{t-1}; open, it forgets it."""
    model = a_model("minimal_gru", depth=1)
    layer = model.encoder.recurrent_layers[0]
    kernel, recurrent, bias = layer.get_weights()
    bias[:4] = -50.0
    layer.set_weights([kernel, recurrent, bias])
    found = hidden_activations(model, IDS)
    assert found.gates["update"].max() < 1e-6
    np.testing.assert_allclose(found.hidden, 0, atol=1e-6)


def test_a_simple_rnn_has_no_gates_and_one_hot_inputs_are_read_too():
    assert hidden_activations(a_model("simple_rnn"), IDS).gates == {}
    assert hidden_activations(a_model("lstm", embedding=None), IDS).hidden.shape == (6, 2, 4)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (np.zeros(0, int), "at least one token"),
        ([[1]], "integers"),
        ([0.5], "integers"),
        ([5], r"lie in \[0, 5\)"),
        ([-1], "lie in"),
    ],
)
def test_wrong_ids_are_refused(ids, said):
    with pytest.raises(InputError, match=said):
        hidden_activations(a_model("gru"), ids)


def test_another_model_is_refused():
    with pytest.raises(InputError, match="`model` must be a `LanguageModel`"):
        hidden_activations(object(), IDS)


def test_saturation_counts_steps():
    rng = np.random.default_rng(1)
    hidden = rng.uniform(-1, 1, (50, 2, 3)).astype("float32")
    gates = {"input": rng.uniform(size=(50, 2, 3)).astype("float32")}
    found = gate_saturation(Activations(hidden, gates))
    assert [(one.layer, one.gate) for one in found] == [(0, "input"), (0, "|h|"), (1, "input"), (1, "|h|")]
    for one in found:
        values, low, high = (hidden, -0.9, 0.9) if one.gate == "|h|" else (gates["input"], 0.1, 0.9)
        for unit in range(3):
            column = values[:, one.layer, unit].tolist()
            assert one.left[unit] == pytest.approx(sum(v < low for v in column) / 50)
            assert one.right[unit] == pytest.approx(sum(v > high for v in column) / 50)
