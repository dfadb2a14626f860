"""What every layer must do, run over the table."""

import inspect

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import kernels
from tests.conformance.layers import LAYERS

BATCH, TIME = 3, 8
DROP_INS = ("Embedding", "GRU", "LSTM", "SimpleRNN")
# A cell is one step of a layer that has a row, and is tested against its formula; a tied head lives on another layer's
# weight, a concatenation takes several inputs, and both are tested in the models that have them.
WITHOUT_A_ROW = ("MaskedConcatenate", "MinimalGRUCell", "TiedHead")


def inputs_of(row, time=TIME, seed=0):
    rng = np.random.default_rng(seed)
    if row.features is None:
        inner = (row.characters,) if row.characters else ()
        return rng.integers(0, row.ids, size=(BATCH, time, *inner)).astype("int32")
    return rng.normal(size=(BATCH, time, row.features)).astype("float32")


def arrays(outputs):
    return [ops.convert_to_numpy(ops.cast(tensor, "float32")) for tensor in keras.tree.flatten(outputs)]


@pytest.fixture(params=LAYERS, ids=lambda row: row.name)
def row(request):
    return request.param


def test_config_holds_exactly_the_arguments(row):
    config = row.kind(**row.arguments).get_config()
    if row.kind.__name__ in DROP_INS:  # Keras's config, and those of our own arguments that are on
        kind = getattr(keras.layers, row.kind.__name__)
        own = set(row.arguments) - set(inspect.signature(kind.__init__).parameters)
        theirs = {name: value for name, value in row.arguments.items() if name not in own}
        assert set(config) == set(kind(**theirs).get_config()) | own
        assert {name: config[name] for name in row.arguments} == row.arguments
        return
    signature = [name for name in inspect.signature(row.kind.__init__).parameters if name not in ("self", "kwargs")]
    own = set(config) - set(keras.layers.Layer().get_config())
    assert own == set(signature)
    assert {name: config[name] for name in row.arguments} == row.arguments


def test_made_again_from_its_config_it_computes_the_same(row):
    layer, inputs = row.kind(**row.arguments), inputs_of(row)
    expected = arrays(layer(inputs))
    twin = row.kind.from_config(layer.get_config())
    twin(inputs)
    twin.set_weights(layer.get_weights())
    for a, b in zip(arrays(twin(inputs)), expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_saved_in_a_model_and_loaded_it_computes_the_same(row, tmp_path):
    inputs = inputs_of(row)
    symbolic = keras.Input(inputs.shape[1:], dtype=inputs.dtype.name)
    outputs = keras.tree.flatten(row.kind(**row.arguments)(symbolic))[0]
    model = keras.Model(symbolic, outputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(arrays(loaded(inputs))[0], arrays(model(inputs))[0])


def test_symbolic_shapes_are_the_eager_ones(row):
    inputs = inputs_of(row)
    layer = row.kind(**row.arguments)
    symbolic = keras.tree.flatten(layer(keras.Input(inputs.shape[1:], dtype=inputs.dtype.name)))
    for a, b in zip(symbolic, arrays(layer(inputs)), strict=True):
        assert a.shape[1:] == b.shape[1:]


def test_computes_in_bfloat16_and_keeps_weights_in_float32(row):
    layer = row.kind(**row.arguments, dtype="mixed_bfloat16")
    outputs = keras.tree.flatten(layer(inputs_of(row)))
    assert {keras.backend.standardize_dtype(tensor.dtype) for tensor in outputs} == {row.dtype}
    assert {weight.dtype for weight in layer.weights} <= {"float32"}
    exact = row.kind(**row.arguments)
    exact(inputs_of(row))
    exact.set_weights(layer.get_weights())
    for a, b in zip(arrays(outputs), arrays(exact(inputs_of(row))), strict=True):
        np.testing.assert_allclose(a, b, atol=0.05)


def test_more_padding_changes_nothing(row):
    if not row.masked:
        pytest.skip("takes no mask")
    layer, inputs = row.kind(**row.arguments), inputs_of(row)
    lengths = np.array([TIME, 3, 1])
    wide = np.concatenate([inputs, np.full((BATCH, TIME, row.features), 9.0, "float32")], axis=1)
    outputs, *state = keras.tree.flatten(layer(inputs, mask=np.arange(TIME) < lengths[:, None]))
    padded, *padded_state = keras.tree.flatten(layer(wide, mask=np.arange(2 * TIME) < lengths[:, None]))
    outputs, padded = arrays([outputs, padded])
    for number, length in enumerate(lengths):
        np.testing.assert_allclose(padded[number, :length], outputs[number, :length], atol=1e-6)
    for a, b in zip(arrays(padded_state), arrays(state), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_a_row_without_any_token_is_finite(row):
    if not row.masked:
        pytest.skip("takes no mask")
    outputs = row.kind(**row.arguments)(inputs_of(row), mask=np.zeros((BATCH, TIME), bool))
    assert all(np.isfinite(array).all() for array in arrays(outputs))


def test_xla_computes_the_same(row):
    layer, inputs = row.kind(**row.arguments), inputs_of(row)
    expected = arrays(layer(inputs))
    found = arrays(kernels.compile(lambda x: layer(x), layer.variables, xla=True)(inputs))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_every_public_layer_has_a_row():
    import seqkit.layers

    public = {getattr(seqkit.layers, name) for name in seqkit.layers.__all__}
    layers = {kind for kind in public if inspect.isclass(kind) and issubclass(kind, keras.layers.Layer)}
    assert {kind for kind in layers if kind.__name__ not in WITHOUT_A_ROW} == {row.kind for row in LAYERS}
