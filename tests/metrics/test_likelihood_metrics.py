"""Nats, perplexity and bits per character: exact over a whole set, whatever the batches."""

import itertools

import keras
import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.losses import MaskedCrossEntropy
from seqkit.metrics import BitsPerCharacter, Nats, Perplexity

ALL = [Nats, Perplexity, BitsPerCharacter]
TOKENS = 2_000_000
every = pytest.mark.parametrize("kind", ALL)


def nll(targets, logits):
    """Negative log-likelihood of each target that is there, float64."""
    logits = np.asarray(logits, dtype=np.float64)
    top = logits.max(axis=-1, keepdims=True)
    log_probs = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    picked = np.take_along_axis(log_probs, np.maximum(targets, 0)[..., None], axis=-1)[..., 0]
    return -picked[targets != -1]


def figures(targets, logits):
    """nats, perplexity and bits per character by their definitions."""
    nats = nll(targets, logits).mean()
    return {Nats: nats, Perplexity: np.exp(nats), BitsPerCharacter: nats / np.log(2)}


def result(metric, *batches):
    for targets, logits in batches:
        metric.update_state(targets, logits)
    return float(metric.result())


def draw(rows, time, classes, seed=0, padded=0.3):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, classes, (rows, time))
    targets[rng.random((rows, time)) < padded] = -1
    return targets.astype("int32"), rng.normal(scale=3, size=(rows, time, classes)).astype("float32")


@every
@pytest.mark.parametrize("classes", [2, 5, 300])
def test_equal_logits_are_as_hard_as_a_throw_of_dice(kind, classes):
    found = result(kind(), (np.array([[1, 0, -1]]), np.zeros((1, 3, classes))))
    expected = {Nats: np.log(classes), Perplexity: classes, BitsPerCharacter: np.log2(classes)}
    assert found == pytest.approx(expected[kind], rel=1e-6)


@every
def test_it_is_the_figure_of_float64_over_all_targets(kind):
    targets, logits = draw(20, 11, 6)
    assert result(kind(), (targets, logits)) == pytest.approx(figures(targets, logits)[kind], rel=1e-6)


@every
@pytest.mark.parametrize("sizes", [(1, 19), (19, 1), (7, 7, 6), (1,) * 20])
def test_batches_of_any_size_give_the_figure_of_the_whole(kind, sizes):
    targets, logits = draw(20, 11, 6)
    edges = np.cumsum((0, *sizes))
    batches = [(targets[a:b], logits[a:b]) for a, b in itertools.pairwise(edges)]
    assert result(kind(), *batches) == pytest.approx(figures(targets, logits)[kind], rel=1e-6)


def test_perplexity_is_no_mean_of_the_perplexities_of_batches():
    """One sure token, then one at even odds: exp((0 + log 4) / 2) = 2, where the mean of the batches is 2.5."""
    sure, even = np.array([[[100.0, 0, 0, 0]]]), np.zeros((1, 1, 4))
    target = np.array([[0]])
    assert result(Perplexity(), (target, sure), (target, even)) == pytest.approx(2, rel=1e-6)
    # Nor is it a mean weighted by batches: three tokens weigh three times as much as one.
    three = np.array([[0, 1, 2, -1]]), np.zeros((1, 4, 4))
    assert result(Perplexity(), (target, sure), three) == pytest.approx(4**0.75, rel=1e-6)


@every
def test_padding_weighs_nothing(kind):
    targets, logits = draw(4, 5, 3)
    wide = np.pad(targets, ((0, 3), (0, 2)), constant_values=-1)
    garbage = np.full((7, 7, 3), 1e4, "float32")
    garbage[..., 1] = -1e4
    garbage[:4, :5] = logits
    empty = np.full((2, 3), -1), np.zeros((2, 3, 3))
    found = result(kind(), empty, (wide, garbage), empty)
    assert found == pytest.approx(figures(targets, logits)[kind], rel=1e-6)


@every
def test_reset_forgets_everything(kind):
    targets, logits = draw(4, 5, 3, padded=0.0)
    metric = kind()
    result(metric, draw(50, 20, 3, seed=1))
    metric.reset_state()
    assert result(metric, (targets, logits)) == pytest.approx(figures(targets, logits)[kind], rel=1e-6)


# Millions of tokens.


@pytest.fixture(scope="module")
def corpus():
    """Two million tokens, from nearly sure to hopeless, the hard ones at the end."""
    rng = np.random.default_rng(0)
    scale = np.geomspace(1e-3, 20, TOKENS)[:, None]
    logits = (scale * rng.normal(size=(TOKENS, 3))).astype("float32")
    targets = rng.integers(0, 3, TOKENS).astype("int32")
    return targets, logits, nll(targets, logits).mean()


@pytest.mark.parametrize(("rows", "time"), [(1, 5000), (64, 100), (1000, 97), (20, 100_000)])
def test_two_million_tokens_lose_nothing_whatever_the_batch(corpus, rows, time):
    targets, logits, expected = corpus
    nats, size = Nats(), rows * time
    for start in range(0, TOKENS, size):
        ids, scores = targets[start : start + size], logits[start : start + size]
        missing = size - len(ids)
        ids = np.pad(ids, (0, missing), constant_values=-1)
        scores = np.pad(scores, ((0, missing), (0, 0)))
        nats.update_state(ids.reshape(rows, time), scores.reshape(rows, time, 3))
    assert float(nats.result()) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("rows", "time"), [(1, 1), (64, 100), (1000, 1), (20, 5000)])
def test_tokens_that_all_cost_the_same_have_that_mean(rows, time):
    """As under a model that knows nothing yet: rounding then errs to the same side in every single addition."""
    batch = np.zeros((rows, time), "int32"), np.zeros((rows, time, 3), "float32")
    assert result(Nats(), *[batch] * 5) == pytest.approx(np.log(3), rel=1e-6)


def test_small_updates_do_not_drown_in_a_large_sum():
    """Two million tokens in one update, then 500 that each cost less than the last bit of the sum is worth."""
    big = np.zeros((20, 100_000), "int32"), np.zeros((20, 100_000, 3), "float32")
    logits = np.array([[[0.0, -3.0, -3.0]]], "float32")
    small = np.array([[0]], "int32"), logits
    cost = float(nll(small[0], logits)[0])
    total = np.float32(TOKENS * np.log(3))
    naive = total
    for _ in range(500):
        naive = np.float32(naive + np.float32(cost))
    nats = Nats()
    before = result(nats, big) * TOKENS
    after = result(nats, *[small] * 500) * (TOKENS + 500)
    gained = 500 * cost
    assert abs((naive - total) - gained) > gained / 3  # what float32 alone makes of it
    assert after - before == pytest.approx(gained, rel=2e-2)


# As a Keras metric.


@every
def test_a_weight_for_a_token_is_refused(kind):
    targets, logits = draw(2, 3, 4)
    with pytest.raises(ValueError, match=r"(?i)weight"):
        kind().update_state(targets, logits, sample_weight=np.ones((2, 3)))


@every
def test_it_comes_back_from_its_config(kind):
    metric = kind(name="mine")
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert type(again) is kind
    assert again.name == "mine"
    assert again.get_config() == metric.get_config()


def test_characters_per_token_come_back_from_the_config():
    metric = BitsPerCharacter(characters_per_token=4.5)
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    batch = np.array([[1]]), np.zeros((1, 1, 8))
    assert again.get_config()["characters_per_token"] == 4.5
    assert result(again, batch) == pytest.approx(3 / 4.5, rel=1e-6)  # three bits a token


@pytest.mark.parametrize("bad", [0, -1.0, float("nan"), float("inf"), "2", True, None])
def test_characters_per_token_are_a_number_above_zero(bad):
    with pytest.raises(InputError, match=r"`characters_per_token` must be .*above 0\. Received: "):
        BitsPerCharacter(characters_per_token=bad)


@pytest.mark.parametrize("batch_size", [1, 7, 20])
def test_evaluate_gives_the_figures_of_the_whole_set(batch_size):
    targets, logits = draw(20, 5, 4)
    targets[13:] = -1  # whole batches without a target
    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, keras.layers.Identity()(inputs))
    model.compile(loss=MaskedCrossEntropy(), metrics=[kind() for kind in ALL])
    found = model.evaluate(logits, targets, batch_size=batch_size, verbose=0, return_dict=True)
    expected = figures(targets, logits)
    assert found["nats"] == pytest.approx(expected[Nats], rel=1e-6)
    assert found["perplexity"] == pytest.approx(expected[Perplexity], rel=1e-6)
    assert found["bits_per_character"] == pytest.approx(expected[BitsPerCharacter], rel=1e-6)
