"""What every builder's model must do, run over the table."""

import inspect

import keras
import numpy as np
import pytest
from keras import ops

import seqkit.models
from seqkit import kernels
from seqkit.checks import InputError
from seqkit.models import LanguageModel
from tests.conformance.builders import BUILDERS

BATCH, TIME = 3, 8


@pytest.fixture(params=BUILDERS, ids=lambda row: row.name)
def row(request):
    return request.param


@pytest.fixture
def ids(row):
    return np.random.default_rng(0).integers(int(row.padded), row.ids, size=(BATCH, TIME)).astype("int32")


def targets_of(row, ids, lengths):
    """The next id of each step, or the number of each row; -1 beyond the lengths."""
    lengths = np.asarray(lengths)
    if not row.by_step:
        return np.where(lengths > 0, np.arange(len(ids)), -1)
    following = np.concatenate([ids[:, 1:], ids[:, :1]], axis=1)
    return np.where(np.arange(ids.shape[1]) < lengths[:, None], following, -1)


def test_saved_and_loaded_it_computes_the_same(row, ids, tmp_path):
    model = row.build()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(ids)), ops.convert_to_numpy(model(ids)))


def test_config_holds_exactly_the_arguments(row):
    model = row.build()
    if not isinstance(model, LanguageModel):
        pytest.skip("a functional model is described by its layers")
    signature = [n for n in inspect.signature(type(model).__init__).parameters if n not in ("self", "kwargs")]
    config = model.get_config()
    assert set(signature) <= set(config)
    assert set(config) - set(signature) <= {"name", "trainable", "dtype", "module", "class_name"}


def test_more_padding_changes_nothing(row, ids):
    """Rows of every length from none on, padded to the longest and to twice that."""
    model = row.build()
    if row.padded:
        ids = np.where(np.arange(TIME) < np.array([[TIME], [1], [0]]), ids, 0)
    wide = np.concatenate([ids, np.zeros_like(ids)], axis=1)
    expected, found = (ops.convert_to_numpy(model(rows)) for rows in (ids, wide))
    assert np.isfinite(expected).all()
    if not row.by_step:
        np.testing.assert_allclose(found, expected, atol=1e-5)
        return
    for number, length in enumerate((ids > 0).sum(axis=1) if row.padded else [TIME] * BATCH):
        np.testing.assert_allclose(found[number, :length], expected[number, :length], atol=1e-5)


def test_rows_do_not_see_each_other(row, ids):
    model = row.build()
    together = ops.convert_to_numpy(model(ids))
    for number in range(BATCH):
        alone = ops.convert_to_numpy(model(ids[number : number + 1]))[0]
        np.testing.assert_allclose(alone, together[number], atol=1e-5)


def test_returns_logits_not_probabilities(row, ids):
    model = row.build()
    for weight in model.trainable_weights:
        weight.assign(weight * 30.0)
    outputs = ops.convert_to_numpy(model(ids))
    assert outputs.min() < 0 or outputs.max() > 1


def test_computes_in_bfloat16(row, ids):
    model, exact = row.build(dtype="mixed_bfloat16"), row.build()
    exact.set_weights(model.get_weights())
    logits = model(ids)
    assert keras.backend.standardize_dtype(logits.dtype) == row.dtype
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cast(logits, "float32")), ops.convert_to_numpy(exact(ids)), atol=0.05
    )


def test_learns_a_small_set_by_heart(row, ids):
    keras.utils.set_random_seed(0)
    model = row.build()
    model.compile(keras.optimizers.Adam(0.03), row.loss(), jit_compile=kernels.JIT_FIT)
    ids[:, 0] = np.arange(BATCH) + 1  # rows that begin alike could not be told apart
    targets = targets_of(row, ids, [TIME - 1] * BATCH)
    loss = [model.train_on_batch(ids, targets) for _ in range(300)]
    model.reset_metrics()
    assert model.test_on_batch(ids, targets) < 0.1 < loss[0]


@pytest.mark.tensorflow  # on JAX nobody trains without XLA
def test_under_xla_it_trains_as_without(row, ids):
    """Every loss of eight updates, dropout off; rows of different lengths, one of them empty."""
    lengths = np.array([TIME, 3, 0])
    targets = targets_of(row, ids, lengths)
    if row.padded:
        ids = np.where(np.arange(TIME) < lengths[:, None], ids, 0)
    losses = {}
    for xla in (False, True):
        keras.utils.set_random_seed(0)
        model = row.build()
        model.compile(keras.optimizers.SGD(0.5), row.loss(), jit_compile=xla)
        losses[xla] = []
        for _ in range(8):
            model.reset_metrics()
            losses[xla].append(float(model.train_on_batch(ids, targets)))
    np.testing.assert_allclose(losses[True], losses[False], atol=1e-5)
    assert losses[True][-1] < losses[True][0]


@pytest.mark.tensorflow
def test_a_distribution_that_keras_would_ignore_is_refused(row):
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=["cpu:0"]))
    try:
        with pytest.raises(InputError, match="KERAS_BACKEND=jax"):
            row.build()
    finally:
        keras.distribution.set_distribution(None)


def test_every_public_builder_has_a_row():
    builders = {name for name in seqkit.models.__all__ if inspect.isfunction(getattr(seqkit.models, name))}
    assert {name for name in builders if any(row.name.startswith(name) for row in BUILDERS)} == builders
