"""The CRF layer: what it folds into potentials, and that it trains as any layer does."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import kernels, tagging
from seqkit.checks import InputError
from seqkit.layers import CRF
from seqkit.losses import CRFLoss
from tests.oracles import linear_chain as oracle


@pytest.fixture
def layer():
    layer = CRF(3)
    layer.build((None, None, 3))
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


def score(layer, emissions, tags):
    """The definition, term by term."""
    start, transitions, end = layer.get_weights()
    inner = sum(transitions[i, j] for i, j in itertools.pairwise(tags))
    return start[tags[0]] + sum(emissions[t, tag] for t, tag in enumerate(tags)) + inner + end[tags[-1]]


@pytest.mark.parametrize("length", [1, 2, 4])
def test_every_path_has_the_score_of_the_definition(layer, length):
    emissions = np.random.default_rng(0).normal(size=(1, 4, 3)).astype("float32")
    potentials = ops.convert_to_numpy(layer(emissions, mask=np.arange(4)[None] < length))
    for found, tags in oracle.paths(potentials[0], length):
        assert found == pytest.approx(score(layer, emissions[0], tags), abs=1e-5)


def test_without_a_mask_all_steps_count(layer):
    emissions = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    whole = layer(emissions, mask=np.ones((2, 4), bool))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(emissions)), ops.convert_to_numpy(whole), atol=1e-6)


def test_the_loss_is_the_likelihood_of_the_rows_a_token(layer):
    emissions = np.random.default_rng(0).normal(size=(3, 4, 3)).astype("float32")
    lengths = [4, 1, 0]
    targets = np.array([[0, 2, 1, 1], [2, -1, -1, -1], [-1, -1, -1, -1]])
    potentials = ops.convert_to_numpy(layer(emissions, mask=np.arange(4) < np.array(lengths)[:, None]))
    expected = sum(
        oracle.log_partition(potentials[row], length) - score(layer, emissions[row], targets[row, :length])
        for row, length in enumerate(lengths[:2])
    )
    assert float(CRFLoss()(targets, potentials)) == pytest.approx(expected / 5, rel=1e-5)
    assert float(CRFLoss()(targets[2:], potentials[2:])) == 0


@pytest.mark.parametrize("scheme", ["BIO", "BIOES", "IOB1"])
def test_forbidden_tags_never_come_out_and_legal_ones_do(scheme):
    prefixes = {"BIO": "BI", "IOB1": "BI", "BIOES": "BIES"}[scheme]
    tags = ["O", *(f"{prefix}-{kind}" for kind in "XY" for prefix in prefixes)]
    layer = CRF(len(tags), forbidden=tagging.forbidden_transitions(tags, scheme))
    emissions = np.random.default_rng(0).normal(size=(200, 9, len(tags))).astype("float32") * 10
    lengths = np.random.default_rng(1).integers(1, 10, size=200)
    mask = np.arange(9) < lengths[:, None]
    potentials = layer(emissions, mask=mask)
    best, _ = kernels.best_path(potentials)
    several, scores = map(ops.convert_to_numpy, kernels.best_paths(potentials, 4))
    seen = set()
    for row, length in enumerate(lengths):
        paths = [ops.convert_to_numpy(best)[row], *several[row][scores[row] > kernels.IMPOSSIBLE / 2]]
        for path in paths:
            named = [tags[tag] for tag in path[:length]]
            tagging.check_tags(named, scheme)
            seen.update(named)
    assert seen == set(tags)


def test_forbidden_paths_have_no_probability_and_no_gradient():
    layer = CRF(3, forbidden=[(None, 2), (0, 2)])
    potentials = layer(np.zeros((1, 2, 3), "float32"))
    # Of nine paths those by the start to 2 (three) and from 0 to 2 (one) are gone.
    assert float(kernels.log_partition(potentials)[0]) == pytest.approx(np.log(5), rel=1e-6)
    marginals = ops.convert_to_numpy(kernels.pair_marginals(potentials))
    assert marginals[0, 0, 0, 2] == marginals[0, 1, 0, 2] == 0


def test_it_fits_saves_and_loads_with_nothing_special(tmp_path):
    """A tag that depends on the tag before, which no emission tells: a CRF learns it, a softmax cannot."""
    rng = np.random.default_rng(0)
    tags = np.cumsum(rng.integers(1, 3, size=(64, 12)), axis=1) % 3
    seen = np.where(rng.random(tags.shape) < 0.5, tags, 3)  # half of the words hide their tag
    ids = np.where(np.arange(12) < rng.integers(2, 13, size=64)[:, None], seen + 1, 0)
    targets = np.where(ids > 0, tags, -1)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Embedding(5, 3, mask_zero=True), CRF(3, name="head")])
    model.compile(keras.optimizers.Adam(0.05), CRFLoss(), jit_compile=kernels.JIT_FIT)
    model.fit(ids, targets, epochs=60, batch_size=16, verbose=0)
    transitions = model.get_layer("head").get_weights()[1]
    assert (np.diag(transitions) < transitions.mean(axis=1)).all()  # a tag never follows itself
    tags_found, _ = kernels.best_path(model(ids))
    hidden = (ids == 4) & (targets >= 0)
    assert (ops.convert_to_numpy(tags_found) == targets)[hidden].mean() > 0.6  # a softmax: a third
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(ids)), ops.convert_to_numpy(model(ids)))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
def test_half_precision_stays_finite(policy):
    layer = CRF(4, forbidden=[(0, 1)], dtype=policy)
    emissions = np.random.default_rng(0).normal(size=(2, 300, 4)).astype("float16") * 50
    total = kernels.log_partition(layer(emissions))
    exact = kernels.log_partition(CRF(4, forbidden=[(0, 1)])(emissions.astype("float32")))
    np.testing.assert_allclose(ops.convert_to_numpy(total), ops.convert_to_numpy(exact), rtol=1e-2)


@pytest.mark.parametrize("pair", [(0,), (0, 3), (None, None), (-1, 0), (0, "B")])
def test_a_wrong_pair_is_refused(pair):
    with pytest.raises(InputError, match="`forbidden` must hold pairs of tag ids from 0 to 2"):
        CRF(3, forbidden=[pair])


def test_emissions_of_another_width_are_refused():
    with pytest.raises(InputError, match="num_tags=3"):
        CRF(3)(np.zeros((1, 2, 4), "float32"))
