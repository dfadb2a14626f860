"""Budget, schedule, guard, record and progress, in a real `fit`."""

import io
import math
import time

import keras
import numpy as np
import pytest

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.data import SequentialWindows
from seqkit.losses import MaskedCrossEntropy
from seqkit.metrics import Nats
from seqkit.models import language_model
from seqkit.training import (
    Budget,
    ClippedOptimizer,
    DivergedError,
    LearningCurve,
    NonFiniteGuard,
    Progress,
    Schedule,
    ScheduledRate,
    TruncatedBPTT,
)

TOKENS = np.arange(241) % 5
WINDOWS = SequentialWindows(TOKENS, window=5, streams=4)  # 12 batches


def trainer(rate=0.1, clip_norm=1.0):
    keras.utils.set_random_seed(0)
    model = TruncatedBPTT(language_model(vocabulary_size=5, units=8, embedding=4), streams=4, evaluation_streams=4)
    optimizer = ClippedOptimizer(keras.optimizers.SGD(rate), clip_norm)
    model.compile(optimizer, MaskedCrossEntropy(), metrics=[Nats()], jit_compile=kernels.JIT_FIT)
    return model


def fit(model, callbacks, epochs=2):
    return model.fit(
        WINDOWS.sequence(epochs),
        epochs=epochs,
        steps_per_epoch=WINDOWS.steps_per_epoch,
        validation_data=WINDOWS.sequence(),
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )


class Watch(keras.callbacks.Callback):
    """Writes down what another callback did before each update."""

    def __init__(self, look):
        super().__init__()
        self.look = look
        self.seen = []

    def on_train_batch_begin(self, batch, logs=None):
        self.seen.append(self.look(self.model))


def test_a_budget_of_epochs_counts_updates_exactly():
    budget = Budget(steps_per_epoch=12, epochs=2)
    watch = Watch(lambda model: budget.fraction)
    fit(trainer(), [budget, watch])
    np.testing.assert_allclose(watch.seen, np.arange(24) / 24)
    assert budget.updates == 24
    assert budget.fraction == 1.0


def test_a_budget_of_minutes_ends_the_training_in_the_middle_of_an_epoch():
    budget = Budget(steps_per_epoch=12, minutes=0.5 / 60)

    class Slow(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            time.sleep(0.1)

    fit(trainer(), [budget, Slow()], epochs=1000)
    assert 1 <= budget.updates < 24
    assert 0.5 <= budget.seconds < 20
    assert budget.fraction == 1.0


def test_with_both_the_fraction_counts_updates_and_the_end_is_whichever_comes_first():
    budget = Budget(steps_per_epoch=10, epochs=1, minutes=0.01)
    budget.on_train_begin()
    time.sleep(0.3)  # half of the minutes
    budget.on_train_batch_end(0)
    assert budget.fraction == 0.1
    assert budget.seconds_left < 0.5  # 0.3 by the minutes, 2.7 by the updates


def test_the_learning_rate_of_each_update_is_the_schedules():
    budget = Budget(steps_per_epoch=12, epochs=2)
    schedule = Schedule("cosine", warmup=0.25, final=0.1)
    rate = ScheduledRate(0.5, schedule, budget)
    watch = Watch(lambda model: float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    fit(trainer(), [budget, rate, watch])
    expected = []
    for update in range(24):
        f = update / 24
        rest = (f - 0.25) / 0.75
        expected.append(0.5 * (f / 0.25 if f < 0.25 else 0.1 + 0.9 * (1 + math.cos(math.pi * rest)) / 2))
    np.testing.assert_allclose(watch.seen, expected, rtol=1e-5)


@pytest.mark.parametrize(("kind", "halfway"), [("constant", 1.0), ("linear", 0.6), ("cosine", 0.6)])
def test_schedules_begin_at_one_and_end_at_final(kind, halfway):
    schedule = Schedule(kind, warmup=0.0, final=0.2)
    assert schedule(0.0) == pytest.approx(1.0)
    assert schedule(0.5) == pytest.approx(halfway)
    assert schedule(1.0) == pytest.approx(1.0 if kind == "constant" else 0.2)
    assert schedule(2.0) == schedule(1.0)


def test_the_rate_acts_on_the_weights():
    """A rate of zero from the schedule leaves the weights where they are, on either backend."""
    budget = Budget(steps_per_epoch=12, epochs=2)

    class Zero:
        def __call__(self, fraction):
            return 0.0

    model = trainer(rate=5.0)
    before = model.model.get_weights()
    fit(model, [budget, ScheduledRate(1.0, Zero(), budget)])
    for a, b in zip(before, model.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class Poison(keras.callbacks.Callback):
    """Makes a weight NaN before an update, as an overflow would."""

    def __init__(self, update):
        super().__init__()
        self.update = update

    def on_train_batch_begin(self, batch, logs=None):
        if batch + 1 == self.update:
            kernels.sync(self.model)
            weight = self.model.model.get_layer("head").kernel
            weight.assign(weight * float("nan"))


@pytest.mark.parametrize("update", [1, 7])
def test_the_guard_names_the_first_bad_update_whenever_it_looks(update):
    with pytest.raises(DivergedError, match=rf"update {update} is not finite") as caught:
        fit(trainer(), [Poison(update), NonFiniteGuard(every=5)])
    assert ("very first" in str(caught.value)) == (update == 1)


def test_the_guard_lets_a_good_training_pass():
    history = fit(trainer(), [NonFiniteGuard()])
    assert len(history.history["loss"]) == 2


def test_the_guard_blames_missing_clipping():
    with pytest.raises(DivergedError, match="Set `clip_norm`"):
        fit(trainer(clip_norm=None), [Poison(5), NonFiniteGuard(every=1)])


def test_the_guard_needs_the_record():
    model = trainer()
    model.compile("sgd", MaskedCrossEntropy(), jit_compile=kernels.JIT_FIT)
    with pytest.raises(InputError, match="needs the record of a `ClippedOptimizer`"):
        model.fit(WINDOWS.sequence(), steps_per_epoch=12, callbacks=[NonFiniteGuard()], verbose=0, shuffle=False)


def test_rows_of_the_record_are_means_over_their_own_updates():
    budget = Budget(steps_per_epoch=12, epochs=2)
    curve = LearningCurve(budget, tokens_per_update=20, every=5)

    class Losses(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.means = []

        def on_train_batch_end(self, batch, logs=None):
            self.means.append(float(logs["loss"]))

    losses = Losses()
    history = fit(trainer(), [budget, curve, losses])
    table = curve.frame()
    assert table["update"].tolist() == [5, 10, 12, 17, 22, 24]
    assert table["epoch"].tolist() == [0, 0, 0, 1, 1, 1]
    first, second = losses.means[:12], losses.means[12:]
    singles = [m * (k + 1) - ([0, *half][k] * k) for half in (first, second) for k, m in enumerate(half)]
    expected = [np.mean(singles[a:b]) for a, b in ((0, 5), (5, 10), (10, 12), (12, 17), (17, 22), (22, 24))]
    np.testing.assert_allclose(table["nats"], expected, rtol=1e-4)
    np.testing.assert_allclose(table["perplexity"], np.exp(expected), rtol=1e-3)
    assert table["val_nats"].notna().tolist() == [False, False, True, False, False, True]
    np.testing.assert_allclose(table["val_nats"].dropna(), history.history["val_nats"], rtol=1e-6)
    assert (table["gradient_norm"] > 0).all()
    assert table["clip_rate"].between(0, 1).all()


def test_the_record_is_written_as_csv(tmp_path):
    import pandas as pd

    budget = Budget(steps_per_epoch=12, epochs=1)
    curve = LearningCurve(budget, tokens_per_update=20, every=4)
    fit(trainer(), [budget, curve], epochs=1)
    curve.write(tmp_path / "history.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "history.csv"), curve.frame(), check_dtype=False)


def test_progress_shows_perplexity_speed_and_time_left():
    budget = Budget(steps_per_epoch=12, epochs=2)
    curve = LearningCurve(budget, tokens_per_update=20, every=4)
    stream = io.StringIO()
    fit(trainer(), [budget, curve, Progress(curve, stream, pause=0.0)])
    lines = stream.getvalue().splitlines()
    last = lines[-1]
    for part in ("epoch 2", "update 24", "perplexity", "nats", "valid", "tokens/s", "0:00 left"):
        assert part in last
    assert f"{curve.rows[-1]['perplexity']:.2f}" in last


def test_early_stopping_of_keras_leaves_the_best_weights():
    model = trainer(rate=0.5)
    budget = Budget(steps_per_epoch=12, epochs=6)
    best = keras.callbacks.EarlyStopping("val_nats", mode="min", patience=1, restore_best_weights=True)

    class Spoil(keras.callbacks.Callback):
        """Throws the weights away after the second epoch."""

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                # More than an epoch of clipped updates can mend.
                self.model.model.get_layer("head").bias.assign(np.array([20, 0, 0, 0, 0], "float32"))

    history = fit(model, [budget, Spoil(), best], epochs=6).history
    assert len(history["val_nats"]) < 6
    found = model.evaluate(WINDOWS.sequence(), verbose=0, return_dict=True)["nats"]
    assert found == pytest.approx(min(history["val_nats"]), rel=1e-5)


def test_a_budget_without_bounds_is_refused():
    with pytest.raises(InputError, match="needs `epochs`, `minutes` or both"):
        Budget(steps_per_epoch=3)
