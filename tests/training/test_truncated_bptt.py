"""State flows on, the gradient stops at the edge, and nothing leaks."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.data import RandomWindows, SequentialWindows, training_windows
from seqkit.losses import MaskedCrossEntropy
from seqkit.metrics import Nats, Perplexity
from seqkit.models import language_model
from seqkit.training import TruncatedBPTT

VOCABULARY = 5


def corpus(length, seed=0):
    return np.random.default_rng(seed).integers(0, VOCABULARY, size=length)


def make(cell="lstm", streams=2, evaluation_streams=3, rate=0.5):
    keras.utils.set_random_seed(3)
    model = language_model(vocabulary_size=VOCABULARY, cell=cell, units=4, embedding=2)
    trainer = TruncatedBPTT(model, streams=streams, evaluation_streams=evaluation_streams)
    trainer.compile(keras.optimizers.SGD(rate), MaskedCrossEntropy(), metrics=[Nats()], jit_compile=kernels.JIT_FIT)
    return model, trainer


def weights_after(model, loss_of_weights, rate=0.5):
    """One step of gradient descent by central differences of a loss written by hand: it knows no autodiff."""
    start = [w.copy() for w in model.get_weights()]
    result = []
    for number, weight in enumerate(start):
        gradient = np.zeros_like(weight, dtype="float64")
        for place in np.ndindex(weight.shape):
            losses = []
            for step in (1e-2, -1e-2):
                changed = [w.copy() for w in start]
                changed[number][place] += step
                model.set_weights(changed)
                losses.append(loss_of_weights())
            gradient[place] = (losses[0] - losses[1]) / 2e-2
        result.append(weight - rate * gradient)
    model.set_weights(start)
    return result


def stepper(model):
    """`model.step`, compiled: on JAX every loop that is not is compiled anew at each call."""
    return kernels.compile(model.step, model.variables)


def nats(step, ids, targets, state):
    logits, state = step(ids, keras.tree.map_structure(ops.convert_to_numpy, state))
    logs = ops.convert_to_numpy(ops.log_softmax(logits)).astype("float64")
    return -np.take_along_axis(logs, targets[..., None], axis=-1).mean(), state


def test_the_gradient_is_cut_at_the_edge_and_only_there():
    """The weights after a second window, against differences of a loss whose first state is fixed."""
    tokens = corpus(9)
    windows = SequentialWindows(tokens, window=4, streams=1)
    (first, first_targets), (second, second_targets) = windows.batches()
    model, trainer = make(cell="simple_rnn", streams=1)
    trainer.train_on_batch(first, first_targets)
    # The state that flows on is the one the first window computed, before its update.
    fresh, _ = make(cell="simple_rnn", streams=1)
    _, state = fresh.step(first["ids"], fresh.initial_state(1))

    step, zeros = stepper(model), model.initial_state(1)
    expected = weights_after(model, lambda: nats(step, second["ids"], second_targets, state)[0])
    # Full BPTT would let the loss of the second window reach back through the first.
    full = weights_after(
        model,
        lambda: nats(step, second["ids"], second_targets, nats(step, first["ids"], first_targets, zeros)[1])[0],
    )
    trainer.train_on_batch(second, second_targets)
    truncated = max(np.abs(a - b).max() for a, b in zip(model.get_weights(), expected, strict=True))
    reaching = max(np.abs(a - b).max() for a, b in zip(full, expected, strict=True))
    assert truncated < 2e-4
    assert reaching > 10 * truncated


def test_within_a_window_the_gradient_is_full_bptt():
    tokens = corpus(10)
    [(inputs, targets)] = SequentialWindows(tokens, window=9, streams=1).batches()
    model, trainer = make(cell="gru", streams=1)
    step, zeros = stepper(model), model.initial_state(1)
    expected = weights_after(model, lambda: nats(step, inputs["ids"], targets, zeros)[0])
    trainer.train_on_batch(inputs, targets)
    for found, reference in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, reference, atol=2e-4)


@pytest.mark.parametrize("cell", ["lstm", "minimal_gru"])
def test_evaluation_carries_the_state_over_windows(cell):
    tokens = corpus(61)
    model, trainer = make(cell=cell)
    windows = SequentialWindows(tokens, window=7, streams=3)
    found = trainer.evaluate(windows.sequence(), verbose=0, return_dict=True)["nats"]
    total, count = 0.0, 0
    for begin, end in itertools.pairwise(np.arange(4) * 60 // 3):
        mean, _ = nats(model.step, tokens[None, begin:end], tokens[None, begin + 1 : end + 1], model.initial_state(1))
        total, count = total + mean * (end - begin), count + end - begin
    assert found == pytest.approx(total / count, rel=1e-5)


def test_every_epoch_and_every_evaluation_starts_from_zero_state():
    tokens = corpus(31)
    _, trainer = make(rate=1e-12)  # weights all but stand still, so equal losses mean equal states
    train = SequentialWindows(tokens, window=5, streams=2)
    valid = SequentialWindows(tokens[::-1].copy(), window=5, streams=3)
    history = trainer.fit(
        train.sequence(3),
        epochs=3,
        steps_per_epoch=train.steps_per_epoch,
        validation_data=valid.sequence(),
        shuffle=False,
        verbose=0,
    ).history
    for name in ("loss", "val_nats"):
        np.testing.assert_allclose(history[name], history[name][0], rtol=1e-6)


def test_an_evaluation_in_between_does_not_touch_the_training_state():
    tokens = corpus(41)
    valid = SequentialWindows(corpus(40, seed=9), window=5, streams=3)
    batches = list(SequentialWindows(tokens, window=5, streams=2).batches())

    def losses(trainer, between):
        found = []
        for batch in batches:
            between(trainer)
            trainer.reset_metrics()  # `train_on_batch` reports the mean since the last reset
            found.append(float(trainer.train_on_batch(*batch, return_dict=True)["nats"]))
        return found

    undisturbed = losses(make()[1], lambda trainer: None)
    disturbed = losses(make()[1], lambda t: t.evaluate(valid.sequence(), verbose=0))
    assert disturbed == undisturbed


def test_plain_ids_start_from_zero_and_leave_the_carried_state_alone():
    _, trainer = make()
    [first, second, *_] = SequentialWindows(corpus(41), window=5, streams=2).batches()
    trainer.train_on_batch(*first)
    before = [ops.convert_to_numpy(v) for v in trainer.non_trainable_variables]
    trainer.train_on_batch(second[0]["ids"], second[1])
    after = [ops.convert_to_numpy(v) for v in trainer.non_trainable_variables]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


def test_random_windows_train_through_the_same_fit():
    _, trainer = make()
    windows = RandomWindows(corpus(60), window=5, batch=2, seed=1)
    history = trainer.fit(
        windows.sequence(2), epochs=2, steps_per_epoch=windows.steps_per_epoch, verbose=0, shuffle=False
    ).history
    assert len(history["loss"]) == 2


def test_a_batch_of_another_size_is_refused_with_the_way_out():
    _, trainer = make(streams=2)
    [batch, *_] = SequentialWindows(corpus(41), window=5, streams=4).batches()
    with pytest.raises(InputError, match=r"announced with \d streams.*batch of 4 rows.*`streams=\d`"):
        trainer.train_on_batch(*batch)
    with pytest.raises(InputError, match=r"Evaluation was announced with 3 streams.*batch of 4 rows.*`streams=3`"):
        trainer(batch[0])
    with pytest.raises(InputError, match=r"Training was announced with 2 streams.*batch of 4 rows.*`streams=2`"):
        trainer(batch[0], training=True)


def test_a_model_without_the_step_contract_is_refused():
    with pytest.raises(InputError, match="must offer `step"):
        TruncatedBPTT(keras.Sequential([keras.layers.Dense(2)]), streams=1, evaluation_streams=1)


def test_saved_and_loaded_it_goes_on(tmp_path):
    _, trainer = make()
    batches = list(SequentialWindows(corpus(41), window=5, streams=2).batches())
    trainer.train_on_batch(*batches[0])
    trainer.save(tmp_path / "trainer.keras")
    loaded = keras.saving.load_model(tmp_path / "trainer.keras", safe_mode=True)
    trainer.train_on_batch(*batches[1])
    loaded.train_on_batch(*batches[1])
    for a, b in zip(trainer.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def make_adaptive(cls=TruncatedBPTT, **compiled):
    keras.utils.set_random_seed(3)
    model = language_model(
        vocabulary_size=VOCABULARY,
        units=16,
        embedding=4,
        head="adaptive",
        cutoffs=(2, 3),
        activation_regularization=0.5,
    )
    trainer = cls(model, streams=2, evaluation_streams=2)
    arguments = {"loss": MaskedCrossEntropy(), "metrics": [Nats(), Perplexity()], **compiled}
    trainer.compile(keras.optimizers.SGD(0.5), **arguments, jit_compile=kernels.JIT_FIT)
    return trainer


class AllLogits(TruncatedBPTT):
    """The same training by way of all log-probabilities."""

    _asks_for_targets_alone = False


@pytest.mark.parametrize("sampling", ["sequential", "random"])
def test_asking_for_the_targets_alone_trains_the_same(sampling):
    """Loss, metrics and weights after two epochs, a partial last window and a penalty included."""
    found = []
    for cls in (TruncatedBPTT, AllLogits):
        windows = training_windows(corpus(45), sampling, window=4, batch=2)
        trainer = make_adaptive(cls)
        history = trainer.fit(
            windows.sequence(2),
            epochs=2,
            steps_per_epoch=windows.steps_per_epoch,
            shuffle=False,
            verbose=0,
            validation_data=SequentialWindows(corpus(20, seed=1), window=4, streams=2).sequence(),
        )
        found.append((history.history, trainer.get_weights()))
    for name, values in found[0][0].items():
        np.testing.assert_allclose(values, found[1][0][name], atol=1e-5, err_msg=name)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_training_alone_never_asks_for_all_logits(monkeypatch):
    trainer = make_adaptive()

    def refuse(*_):
        raise AssertionError("all log-probabilities were computed")

    monkeypatch.setattr(trainer.model.get_layer("head"), "call", refuse)
    windows = SequentialWindows(corpus(45), window=4, streams=2)
    inputs, targets = windows.batch_at(0, 0)
    with pytest.raises(AssertionError, match="all log-probabilities"):
        trainer(inputs)
    outputs = trainer(inputs, training=True)
    assert set(outputs) == {"features"}
    assert np.isfinite(float(trainer.compute_loss(inputs, targets, outputs)))


@pytest.mark.parametrize(
    "compiled",
    [
        {"loss": MaskedCrossEntropy(label_smoothing=0.1)},
        {"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        {"metrics": [keras.metrics.SparseCategoricalAccuracy()]},
    ],
    ids=["smoothing", "another loss", "another metric"],
)
def test_what_wants_all_logits_is_refused(compiled):
    trainer = make_adaptive(**compiled)
    inputs, targets = SequentialWindows(corpus(45), window=4, streams=2).batch_at(0, 0)
    with pytest.raises(InputError, match="the targets alone"):
        trainer.train_on_batch(inputs, targets)


@pytest.mark.parametrize(
    ("smoothing", "extra"),
    [(0.0, {}), (0.2, {}), (0.0, {"loss_weights": [0.5]})],
    ids=["one pass for loss and metrics", "with label smoothing", "a weighted loss"],
)
def test_one_pass_for_loss_and_metrics_is_keras_s_own_training(smoothing, extra):
    """Loss, metrics and weights, beside a metric by which each goes its own way, as Keras does it."""
    found = []
    for metrics in ([], [keras.metrics.SparseCategoricalAccuracy()]):
        _, trainer = make(evaluation_streams=2)
        trainer.compile(
            keras.optimizers.SGD(0.5),
            MaskedCrossEntropy(label_smoothing=smoothing),
            metrics=[Nats(), Perplexity(), *metrics],
            jit_compile=kernels.JIT_FIT,
            **extra,
        )
        history = trainer.fit(
            SequentialWindows(corpus(45), window=4, streams=2).sequence(2),
            epochs=2,
            steps_per_epoch=6,
            shuffle=False,
            verbose=0,
            validation_data=SequentialWindows(corpus(20, seed=1), window=4, streams=2).sequence(),
        )
        found.append((history.history, trainer.get_weights()))
    for name, values in found[0][0].items():
        np.testing.assert_allclose(values, found[1][0][name], atol=1e-5, err_msg=name)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="JAX merges what is computed twice, and traces when it likes"
)
def test_one_pass_gives_the_likelihood_once(monkeypatch):
    calls = []
    once = kernels.cross_entropy
    monkeypatch.setattr(kernels, "cross_entropy", lambda *given: calls.append(given) or once(*given))
    _, trainer = make(evaluation_streams=2)
    inputs, targets = SequentialWindows(corpus(45), window=4, streams=2).batch_at(0, 0)
    trainer.run_eagerly = True
    trainer.train_on_batch(inputs, targets)
    assert len(calls) == 1
