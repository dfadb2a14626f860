"""The mask doctor finds the layer at fault, in models of ours and of others, and lets good ones pass."""

import keras
import numpy as np
import pytest
from keras import layers

from seqkit.checks import InputError
from seqkit.inspection import check_masking
from seqkit.layers import LSTM, Pooling
from tests.conformance.builders import BUILDERS

IDS = np.array([[3, 5, 2, 7], [7, 4, 0, 0], [2, 0, 0, 0]])


def classifier(*parts, mask_zero=True):
    inputs = keras.Input((None,), dtype="int32")
    outputs = layers.Embedding(9, 64, mask_zero=mask_zero, name="embedding")(inputs)
    for part in parts:
        outputs = part(outputs)
    return keras.Model(inputs, outputs)


@keras.saving.register_keras_serializable(package="tests")
class Forgetful(layers.Layer):
    """Passes its inputs on, and drops their mask."""

    def call(self, inputs):
        return inputs * 1.0


@pytest.mark.parametrize(
    ("model", "culprit"),
    [
        (lambda: classifier(layers.LSTM(3, name="last")), None),
        (lambda: classifier(layers.LSTM(3, name="last"), mask_zero=False), "last"),
        (lambda: classifier(layers.GlobalAveragePooling1D(name="mean")), None),
        (lambda: classifier(layers.GlobalMaxPooling1D(name="max")), "max"),
        (lambda: classifier(Pooling("max")), None),
        (lambda: classifier(layers.Conv1D(3, 3, padding="same", name="windows"), layers.LSTM(2)), "windows"),
        (lambda: classifier(Forgetful(name="forgetful"), LSTM(3, name="blind")), "blind"),
        (lambda: classifier(layers.Bidirectional(LSTM(3, return_sequences=True)), layers.Dense(2)), None),
    ],
    ids=["lstm", "unmasked lstm", "mean", "max", "ours", "convolution", "forgetful", "both ways"],
)
@pytest.mark.filterwarnings("ignore:Layer:UserWarning")  # Keras suspects it too
def test_the_layer_at_fault_is_named(model, culprit):
    keras.utils.set_random_seed(0)
    report = check_masking(model(), IDS)
    assert (report.first and report.first.layer) == culprit
    assert report.ok == (culprit is None)
    assert (culprit or "No output depends on the padding.") in str(report).splitlines()[-1]


def test_rows_without_any_word_count_as_well():
    model = classifier(Pooling("mean"), layers.Dense(2))
    assert check_masking(model, np.array([[3, 4], [0, 0]])).ok


@pytest.mark.parametrize("row", [row for row in BUILDERS if row.padded], ids=lambda row: row.name)
def test_our_builders_pass(row):
    assert check_masking(row.build(), np.minimum(IDS[:2], row.ids - 1)).ok


def test_of_a_model_that_is_no_graph_the_outputs_are_seen():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed = layers.Embedding(9, 4)

        def call(self, ids):
            return keras.ops.mean(self.embed(ids), axis=1)

    report = check_masking(Own(), IDS)
    assert [layer.kind for layer in report.layers] == ["the model"]
    assert not report.ok


def test_a_dataset_gives_its_first_batch():
    report = check_masking(classifier(Pooling("max")), iter([(IDS, np.zeros(3)), None]))
    assert report.ok


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (IDS.astype("float32"), "input of integers"),
        (np.array([[0, 3], [4, 5]]), "a 0 before a token, in row 0"),
    ],
)
def test_wrong_data_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        check_masking(classifier(Pooling("max")), data)


def test_a_model_of_one_length_is_refused_with_the_way_out():
    inputs = keras.Input((4,), dtype="int32")
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.Embedding(9, 4)(inputs))))
    with pytest.raises(InputError, match="a time axis of None"):
        check_masking(model, IDS)
