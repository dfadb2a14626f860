"""Averages of weights: the recurrence in plain NumPy, the trigger in plain Python, and `fit` from end to end."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.training import AveragedOptimizer, AveragedWeights, ClippedOptimizer, averaged, averaging_callbacks


def apply(optimizer, grads, weights):
    optimizer.apply([ops.convert_to_tensor(g) for g in grads], weights)


def reference(path, momentum):
    """The average after each of the weights of `path`."""
    average, found = np.zeros_like(path[0]), []
    for n, weight in enumerate(path, start=1):
        share = 1 / n if momentum is None else max(1 - momentum, 1 / n)
        average = average + share * (weight - average)
        found.append(average)
    return found


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.999, None])
@pytest.mark.parametrize("clipped", [False, True])
def test_averages_are_the_recurrence(momentum, clipped):
    rng = np.random.default_rng(0)
    start = rng.normal(size=(2, 3)).astype("float32")
    weights = [keras.Variable(start), keras.Variable(np.zeros(4, "float32"))]
    inside = AveragedOptimizer(keras.optimizers.SGD(0.5), momentum)
    optimizer = ClippedOptimizer(inside, 1e9) if clipped else inside
    weight, path = start.astype("float64"), []
    for _ in range(30):
        grads = [rng.normal(size=(2, 3)).astype("float32"), np.zeros(4, "float32")]
        apply(optimizer, grads, weights)
        weight = weight - 0.5 * grads[0]
        path.append(weight)
        np.testing.assert_allclose(
            ops.convert_to_numpy(inside.averages[0]), reference(path, momentum)[-1], rtol=1e-4, atol=1e-5
        )
    np.testing.assert_allclose(ops.convert_to_numpy(weights[0]), weight, rtol=1e-4, atol=1e-5)
    if momentum is None:
        np.testing.assert_allclose(
            ops.convert_to_numpy(inside.averages[0]), np.mean(path, axis=0), rtol=1e-4, atol=1e-5
        )


def test_the_weights_are_moved_as_without_it():
    rng = np.random.default_rng(1)
    plain, inside = keras.optimizers.Adam(0.1), AveragedOptimizer(keras.optimizers.Adam(0.1), 0.9)
    a, b = ([keras.Variable(np.ones(3, "float32"))] for _ in range(2))
    for _ in range(10):
        grads = [rng.normal(size=3).astype("float32")]
        apply(plain, grads, a)
        apply(inside, grads, b)
    np.testing.assert_array_equal(ops.convert_to_numpy(a[0]), ops.convert_to_numpy(b[0]))


def test_while_it_waits_averages_follow_and_then_the_mean_begins_anew():
    weight = [keras.Variable(np.zeros(1, "float32"))]
    optimizer = AveragedOptimizer(keras.optimizers.SGD(1.0), None)
    optimizer.build(weight)
    optimizer.averaging = False
    path = []
    for k in range(6):
        if k == 3:
            optimizer.averaging = True
        apply(optimizer, [np.float32([-(k + 1)])], weight)
        path.append(float(ops.convert_to_numpy(weight[0])[0]))
        expected = path[-1] if k < 3 else np.mean(path[3:])
        assert float(ops.convert_to_numpy(optimizer.averages[0])[0]) == pytest.approx(expected)


def test_around_a_noisy_optimum_the_average_is_nearer():
    rng = np.random.default_rng(2)
    weight = [keras.Variable(np.zeros(50, "float32"))]
    optimizer = AveragedOptimizer(keras.optimizers.SGD(0.3), None)
    for _ in range(300):
        apply(optimizer, [ops.convert_to_numpy(weight[0]) + rng.normal(size=50).astype("float32")], weight)
    raw, mean = (np.linalg.norm(ops.convert_to_numpy(w)) for w in (weight[0], optimizer.averages[0]))
    assert mean < raw / 4


def test_swapping_twice_changes_nothing():
    weight = [keras.Variable(np.float32([1.0, 2.0]))]
    optimizer = AveragedOptimizer(keras.optimizers.SGD(1.0), 0.9)
    for _ in range(3):
        apply(optimizer, [np.float32([1.0, -1.0])], weight)
    raw, mean = ops.convert_to_numpy(weight[0]).copy(), ops.convert_to_numpy(optimizer.averages[0]).copy()
    optimizer.swap()
    np.testing.assert_array_equal(ops.convert_to_numpy(weight[0]), mean)
    np.testing.assert_array_equal(ops.convert_to_numpy(optimizer.averages[0]), raw)
    optimizer.swap()
    np.testing.assert_array_equal(ops.convert_to_numpy(weight[0]), raw)


@given(st.lists(st.floats(0, 9), max_size=30), st.integers(1, 6))
def test_the_trigger_is_that_of_the_paper(figures, patience):
    trigger, logs = AveragedWeights(patience=patience), []
    for t, v in enumerate(figures):
        expected = t > patience and v > min(logs[: t - patience])
        assert trigger.begins(v) == expected
        logs.append(v)


class Path(keras.callbacks.Callback):
    """The weights after each update, and those that are validated."""

    def __init__(self):
        super().__init__()
        self.path, self.validated, self.kept = [], [], []

    def weights(self):
        kernels.sync(self.model)
        return [w.copy() for w in self.model.get_weights()]

    def on_train_batch_end(self, batch, logs=None):
        self.path.append(self.weights())

    def on_test_batch_begin(self, batch, logs=None):
        self.validated.append(self.weights())

    def on_epoch_end(self, epoch, logs=None):
        self.kept.append(self.weights())


def fit(optimizer, callbacks, epochs=3, validate=True, seed=0):
    """A small regression whose weights wander."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)).astype("float32"), rng.normal(size=(40, 1)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse", jit_compile=kernels.JIT_FIT)
    path = Path()
    valid = (x[:8], y[:8]) if validate else None
    history = model.fit(
        x, y, batch_size=8, epochs=epochs, validation_data=valid, shuffle=False, verbose=0, callbacks=[*callbacks, path]
    )
    return model, path, history.history, (x[:8], y[:8])


@pytest.mark.parametrize("order", [1, -1])
def test_averages_are_what_is_validated_kept_and_left(order):
    optimizer = ClippedOptimizer(AveragedOptimizer(keras.optimizers.SGD(0.3), 0.8), None)
    best = keras.callbacks.EarlyStopping("val_loss", patience=99, restore_best_weights=True)
    model, path, history, (x, y) = fit(optimizer, [AveragedWeights("val_loss"), best][::order])
    assert len(path.path) == 15
    expected = []
    for end in (5, 10, 15):
        expected.append([reference([w[k] for w in path.path[:end]], 0.8)[-1] for k in range(2)])
    for found in (path.validated, path.kept):
        for theirs, ours in zip(found, expected, strict=True):
            for a, b in zip(theirs, ours, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    losses = [float(((x @ kernel + bias - y) ** 2).mean()) for kernel, bias in expected]
    np.testing.assert_allclose(history["val_loss"], losses, rtol=1e-4)
    for a, b in zip(model.get_weights(), expected[int(np.argmin(losses))], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_training_goes_on_from_the_weights_themselves():
    _, plain, *_ = fit(keras.optimizers.SGD(0.3), [])
    _, path, *_ = fit(AveragedOptimizer(keras.optimizers.SGD(0.3), 0.8), [AveragedWeights("val_loss")])
    for ours, theirs in zip(path.path, plain.path, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)


def test_without_validation_averages_are_left_all_the_same_and_a_second_fit_begins_anew():
    optimizer = AveragedOptimizer(keras.optimizers.SGD(0.3), None)
    model, path, *_ = fit(optimizer, [AveragedWeights()], validate=False)
    mean = [np.mean([w[k] for w in path.path], axis=0) for k in range(2)]
    for a, b in zip(model.get_weights(), mean, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    again = Path()
    x = np.random.default_rng(4).normal(size=(16, 3)).astype("float32")
    model.fit(x, x[:, :1], batch_size=8, epochs=1, shuffle=False, verbose=0, callbacks=[AveragedWeights(), again])
    mean = [np.mean([w[k] for w in again.path], axis=0) for k in range(2)]
    for a, b in zip(model.get_weights(), mean, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


class Figures(keras.callbacks.Callback):
    """Puts made-up validation figures into the logs."""

    def __init__(self, figures):
        super().__init__()
        self.figures = figures

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = self.figures[epoch]


def test_averaging_begins_after_the_validation_that_stalls():
    """3.2 is the first that is worse than the best of all but the last two: the mean begins with the fifth epoch."""
    figures = Figures([3.0, 2.9, 3.5, 3.2, 3.1])
    callbacks = [figures, AveragedWeights("val_loss", patience=2)]
    model, path, *_ = fit(AveragedOptimizer(keras.optimizers.SGD(0.3), None), callbacks, epochs=5)
    starts = 4 * 5  # updates: 3.2 > min(3.0) is seen at the end of the fourth epoch
    mean = [np.mean([w[k] for w in path.path[starts:]], axis=0) for k in range(2)]
    for a, b in zip(model.get_weights(), mean, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    for a, b in zip(path.kept[3], path.path[19], strict=True):
        np.testing.assert_array_equal(a, b)


def test_optimizers_are_made_again_from_their_configs():
    optimizer = ClippedOptimizer(AveragedOptimizer(keras.optimizers.Adam(0.01, beta_2=0.9), 0.7), 2.0)
    twin = ClippedOptimizer.from_config(optimizer.get_config())
    assert (twin.clip_norm, twin.inner_optimizer.momentum, twin.inner_optimizer.inner_optimizer.beta_2) == (
        2.0,
        0.7,
        0.9,
    )


def test_averages_are_saved_and_loaded_with_the_model(tmp_path):
    model, *_ = fit(AveragedOptimizer(keras.optimizers.SGD(0.3), 0.8), [])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for a, b in zip(loaded.optimizer.averages, model.optimizer.averages, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(a), ops.convert_to_numpy(b))
    assert loaded.optimizer.momentum == 0.8


def test_the_ways_by_name():
    adam = keras.optimizers.Adam()
    assert averaged(adam, "none", 0.9) is adam
    assert averaging_callbacks("none") == []
    assert averaged(adam, "ema", 0.9).momentum == 0.9
    assert averaging_callbacks("ema")[0].patience is None
    assert averaged(keras.optimizers.Adam(), "nt_asgd", 0.9).momentum is None
    assert averaging_callbacks("nt_asgd")[0].patience == 5
    for call in (lambda: averaged(adam, "mean", 0.9), lambda: averaging_callbacks("mean")):
        with pytest.raises(InputError, match="`averaging` must"):
            call()


@pytest.mark.parametrize("momentum", [1.0, -0.1, "0.9"])
def test_a_momentum_outside_of_its_range_is_refused(momentum):
    with pytest.raises(InputError, match="`momentum` must"):
        AveragedOptimizer(keras.optimizers.SGD(), momentum)


def test_what_is_missing_is_named():
    with pytest.raises(InputError, match=r"needs an `AveragedOptimizer`.*Received: SGD"):
        fit(keras.optimizers.SGD(0.1), [AveragedWeights()])
    with pytest.raises(InputError, match="`monitor` must name a figure"):
        fit(AveragedOptimizer(keras.optimizers.SGD(0.1), None), [AveragedWeights("val_nats", patience=2)])
