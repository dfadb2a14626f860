"""The step contract of language models."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.layers import CELLS, LSTMState
from seqkit.losses import MaskedCrossEntropy
from seqkit.models import language_model

VOCABULARY = 7


def text(batch, time, seed=0):
    return np.random.default_rng(seed).integers(0, VOCABULARY, size=(batch, time)).astype("int32")


def log_probs(model, ids, windows):
    # Compiled, because JAX compiles a loop that is not at each call anew.
    step = kernels.compile(model.step, model.variables)
    state, found = keras.tree.map_structure(ops.convert_to_numpy, model.initial_state(len(ids))), []
    for begin, end in itertools.pairwise([0, *np.cumsum(windows)]):
        logits, state = step(ids[:, begin:end], state)
        found.append(ops.convert_to_numpy(ops.log_softmax(logits)))
    return np.concatenate(found, axis=1)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("window", [1, 7, 32, 100])
def test_reading_in_windows_equals_reading_in_one_piece(cell, window):
    model = language_model(vocabulary_size=VOCABULARY, cell=cell, units=12, depth=2)
    ids = text(2, 200)
    windows = [window] * (200 // window) + ([200 % window] if 200 % window else [])
    whole = ops.convert_to_numpy(ops.log_softmax(model(ids)))
    np.testing.assert_allclose(log_probs(model, ids, windows), whole, atol=1e-5)


def test_a_window_depends_on_the_state_before_it():
    model = language_model(vocabulary_size=VOCABULARY, units=12)
    ids = text(1, 20)
    _, state = model.step(ids[:, :10], model.initial_state(1))
    warm, _ = model.step(ids[:, 10:], state)
    cold, _ = model.step(ids[:, 10:], model.initial_state(1))
    assert np.abs(ops.convert_to_numpy(warm) - ops.convert_to_numpy(cold)).max() > 1e-4


def test_later_tokens_do_not_change_earlier_predictions():
    model = language_model(vocabulary_size=VOCABULARY, units=12, depth=2, cell="gru")
    ids = text(1, 20)
    changed = ids.copy()
    changed[:, 12:] = (changed[:, 12:] + 1) % VOCABULARY
    a, b = ops.convert_to_numpy(model(ids)), ops.convert_to_numpy(model(changed))
    np.testing.assert_array_equal(a[:, :12], b[:, :12])
    assert (a[:, 12:] != b[:, 12:]).any()


def test_state_is_named():
    model = language_model(vocabulary_size=VOCABULARY, units=12, depth=3)
    _, state = model.step(text(2, 5), model.initial_state(2))
    assert len(state) == 3
    assert all(isinstance(layer, LSTMState) for layer in state)
    assert tuple(state[0].cell.shape) == (2, 12)


def test_one_hot_input_equals_an_identity_embedding():
    one_hot = language_model(vocabulary_size=VOCABULARY, units=12, embedding=None)
    embedded = language_model(vocabulary_size=VOCABULARY, units=12, embedding=VOCABULARY)
    embedded.set_weights([np.eye(VOCABULARY, dtype="float32"), *one_hot.get_weights()])
    ids = text(2, 9)
    np.testing.assert_allclose(ops.convert_to_numpy(one_hot(ids)), ops.convert_to_numpy(embedded(ids)), atol=1e-6)


def test_parts_have_names():
    model = language_model(vocabulary_size=VOCABULARY, units=12, embedding=None)
    for name in ("one_hot", "input_dropout", "encoder", "output_dropout", "head"):
        assert model.get_layer(name).name == name


@pytest.mark.parametrize("place", ["embedding_dropout", "input_dropout", "dropout", "output_dropout", "weight_drop"])
def test_dropout_acts_in_training_only_and_follows_its_seed(place):
    def build():
        keras.utils.set_random_seed(1)
        return language_model(vocabulary_size=VOCABULARY, units=12, depth=2, seed=5, **{place: 0.5})

    model, twin = build(), build()
    ids = text(2, 9)
    still = ops.convert_to_numpy(model(ids))
    np.testing.assert_array_equal(still, ops.convert_to_numpy(model(ids)))
    dropped = ops.convert_to_numpy(model(ids, training=True))
    assert (dropped != still).any()
    np.testing.assert_array_equal(dropped, ops.convert_to_numpy(twin(ids, training=True)))


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("vocabulary_size", 0),
        ("cell", "lstn"),
        ("units", -1),
        ("depth", 0),
        ("embedding", 0),
        ("input_dropout", 1.0),
        ("dropout", -0.1),
        ("output_dropout", 1.5),
        ("embedding_dropout", 1.0),
        ("dropout_mask", "locked"),
        ("weight_drop", -0.5),
        ("activation_regularization", -1.0),
        ("temporal_regularization", float("inf")),
    ],
)
def test_a_wrong_argument_is_refused_by_name(argument, value):
    with pytest.raises(InputError, match=f"{argument}={value!r}"):
        language_model(**{"vocabulary_size": VOCABULARY, argument: value})


def test_a_tied_head_is_the_embedding():
    """Logits are the features times the rows of the embedding; the matrix is there once, and its bias is the head's."""
    model = language_model(vocabulary_size=VOCABULARY, units=12, embedding=12, head="tied")
    names = [weight.path.rsplit("/", 2)[-2:] for weight in model.weights]
    assert names.count(["embedding", "embeddings"]) == 1
    assert ["head", "kernel"] not in names
    assert model.projection is None
    ids = text(2, 9)
    features, _ = model.features(ids, model.initial_state(2))
    expected = ops.matmul(features, ops.transpose(model.get_layer("embedding").embeddings))
    np.testing.assert_allclose(ops.convert_to_numpy(model(ids)), ops.convert_to_numpy(expected), atol=1e-6)


def test_a_projection_joins_units_to_a_tied_embedding_of_another_width():
    model = language_model(vocabulary_size=VOCABULARY, units=12, embedding=5, head="tied")
    assert tuple(model.get_layer("projection").kernel.shape) == (12, 5)
    assert tuple(model(text(2, 9)).shape) == (2, 9, VOCABULARY)


@pytest.mark.parametrize("argument", [{"head": "tied"}, {"embedding_dropout": 0.1}])
def test_what_needs_an_embedding_is_refused_without(argument):
    with pytest.raises(InputError, match="needs an embedding"):
        language_model(vocabulary_size=VOCABULARY, embedding=None, **argument)


REGULARIZERS = {
    "embedding_dropout": 0.5,
    "input_dropout": 0.5,
    "dropout": 0.5,
    "output_dropout": 0.5,
    "weight_drop": 0.5,
    "activation_regularization": 100.0,
    "temporal_regularization": 1000.0,
}


@pytest.mark.parametrize("name", REGULARIZERS)
def test_a_loaded_model_gets_a_regularizer_and_loses_it_again(name, tmp_path):
    ids, targets = text(2, 9), text(2, 9, seed=1)

    def loss(model):
        """Of one step of training, from the same random numbers."""
        model.compile(keras.optimizers.SGD(0.0), MaskedCrossEntropy(), jit_compile=kernels.JIT_FIT)
        return float(model.train_on_batch(ids, targets))

    keras.utils.set_random_seed(1)
    plain = language_model(vocabulary_size=VOCABULARY, units=12, depth=2, seed=5)
    plain.set_weights([3 * weight for weight in plain.get_weights()])  # small ones would hide what is dropped
    plain.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    regular = loaded.regularized(**{name: REGULARIZERS[name]})
    off = regular.regularized(**{name: 0.0})
    still = ops.convert_to_numpy(plain(ids))
    for model in (loaded, regular, off):
        np.testing.assert_array_equal(ops.convert_to_numpy(model(ids)), still)
    assert loss(off) == loss(plain)
    assert abs(loss(regular) - loss(plain)) > 1e-4
    regular.save(tmp_path / "regular.keras")
    again = keras.saving.load_model(tmp_path / "regular.keras")
    assert again.get_config()[name] == REGULARIZERS[name]
