"""Taggers and classifiers with every kind of input: masks, saving, learning what only one input tells."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import kernels, tagging
from seqkit.checks import InputError
from seqkit.data import BucketedBatches
from seqkit.inspection import check_masking
from seqkit.layers import MaskedConcatenate
from seqkit.losses import CRFLoss, MaskedBinaryCrossEntropy, MaskedCrossEntropy, MaskedSquaredError
from seqkit.metrics import SpanF1
from seqkit.models import many_to_many, many_to_one
from seqkit.text import WordFeatures

TAGS = ["O", "B-X", "I-X"]
SENTENCES = [
    ["the", "Abcd", "efgh", "Ijkl", "sat"],
    ["Abcd"],
    ["the", "mno", "Pqr", "sat", "on", "Stuv", "Wxyz"],
]
FEATURES = WordFeatures.build(SENTENCES * 5)
SIZES = {
    "vocabulary_size": len(FEATURES.words),
    "num_characters": len(FEATURES.characters),
    "num_shapes": len(FEATURES.shapes),
}
SMALL = {"units": 8, "embedding": 6, "character_units": 6, "character_embedding": 4, "shape_embedding": 3}


def batch_of(sentences):
    rows = [FEATURES.encode(sentence) for sentence in sentences]
    inputs = {name: [row[name] for row in rows] for name in rows[0]}
    return BucketedBatches(inputs, np.zeros(len(rows)), batch=len(rows), shapes=1).batch_at(0, 0)[0]


@pytest.mark.parametrize("characters", ["cnn", "lstm"])
@pytest.mark.parametrize("build", [many_to_many, many_to_one])
def test_padding_changes_nothing_with_every_kind_of_input(build, characters):
    name = "num_tags" if build is many_to_many else "num_outputs"
    model = build(**SIZES, **SMALL, **{name: 3}, characters=characters, depth=2)
    report = check_masking(model, batch_of([*SENTENCES, []]))
    assert report.ok, str(report)
    assert report.first is None


def test_the_concatenation_of_keras_would_lose_the_mask():
    """The reason for a layer of our own: if this fails, Keras has mended it, and ours can go."""
    words, other, mask = np.ones((1, 2, 2)), np.ones((1, 2, 3)), np.array([[True, False]])
    theirs = keras.layers.Concatenate().compute_mask([words, other], [mask, None])
    assert ops.convert_to_numpy(theirs).all()
    ours = MaskedConcatenate().compute_mask([words, other, words], [mask, None, np.array([[True, True]])])
    np.testing.assert_array_equal(ops.convert_to_numpy(ours), mask)
    assert MaskedConcatenate().compute_mask([other, other], [None, None]) is None


@pytest.mark.parametrize("head", ["softmax", "crf"])
def test_a_tagger_learns_saves_and_loads(head, tmp_path):
    """Capitals are entities: unknown to the words in small letters, told by characters and shapes alone."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    letters = "abcdefghij"
    sentences, labels = [], []
    for _ in range(60):
        words = ["".join(rng.choice([*letters], size=rng.integers(2, 6))) for _ in range(rng.integers(1, 9))]
        capital = rng.random(len(words)) < 0.5
        sentences.append([word.capitalize() if up else word for word, up in zip(words, capital, strict=True)])
        before = [False, *capital[:-1]]
        labels.append(np.array([0 if not up else 2 if was else 1 for up, was in zip(capital, before, strict=True)]))
    features = WordFeatures.build(sentences)
    rows = [features.encode(sentence) for sentence in sentences]
    inputs = {name: [row[name] for row in rows] for name in rows[0]}
    batches = BucketedBatches(inputs, labels, batch=8, shapes=3, seed=0)
    model = many_to_many(
        vocabulary_size=len(features.words),
        num_characters=len(features.characters),
        num_shapes=len(features.shapes),
        num_tags=3,
        first_rare=features.first_rare,
        rare_dropout=0.5,
        input_dropout=0.1,
        head=head,
        forbidden=tagging.forbidden_transitions(TAGS, "BIO") if head == "crf" else None,
        seed=0,
        **SMALL,
    )
    loss = CRFLoss() if head == "crf" else MaskedCrossEntropy()
    model.compile(keras.optimizers.Adam(0.02), loss, metrics=[SpanF1(TAGS)], jit_compile=kernels.JIT_FIT)
    model.fit(batches.feed(25), epochs=25, steps_per_epoch=batches.steps_per_epoch, verbose=0, shuffle=False)
    unseen = [["Zab", "Cde", "zz"], ["zz", "Zzz"]]
    rows = [features.encode(sentence) for sentence in unseen]
    test = BucketedBatches(
        {name: [row[name] for row in rows] for name in rows[0]}, [np.array([1, 2, 0]), np.array([0, 1])], batch=2
    )
    metric = SpanF1(TAGS)
    for given, targets in test.batches():
        metric.update_state(targets, model(given))
    assert float(metric.result()) == 1.0
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    given, _ = test.batch_at(0, 0)
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(given)), ops.convert_to_numpy(model(given)))


@pytest.mark.parametrize(
    ("head", "loss", "targets"),
    [
        ("softmax", MaskedCrossEntropy(), np.array([0, 1, 2, -1])),
        ("sigmoid", MaskedBinaryCrossEntropy(), np.array([[0, 1, 0], [1, 1, -1], [0, 0, 0], [-1, -1, -1]])),
        ("regression", MaskedSquaredError(), np.array([[0, 1, 0.5], [3, -1, 2], [-2, 0, 0], [np.nan] * 3])),
    ],
)
def test_every_head_learns_with_its_loss(head, loss, targets):
    """A row without any word, and without any target, stands among the others."""
    keras.utils.set_random_seed(0)
    ids = np.array([[4, 5, 0], [5, 4, 6], [6, 0, 0], [0, 0, 0]])
    model = many_to_one(vocabulary_size=7, num_outputs=3, units=8, embedding=6, head=head)
    model.compile(keras.optimizers.Adam(0.05), loss, jit_compile=kernels.JIT_FIT)
    losses = [model.train_on_batch(ids, targets) for _ in range(150)]
    model.reset_metrics()
    assert model.test_on_batch(ids, targets) < 0.05 < losses[0]


def test_parts_have_names():
    tagger = many_to_many(vocabulary_size=9, num_tags=3, head="crf")
    classifier = many_to_one(vocabulary_size=9, num_outputs=2, pooling="attention")
    assert tagger.get_layer("encoder").units == tagger.get_layer("encoder").get_config()["units"] == 128
    assert tagger.get_layer("head").num_tags == 3
    assert classifier.get_layer("pooling").units == 64
    assert tagger.get_layer("embedding").mask_zero


@pytest.mark.parametrize(
    ("build", "changes", "message"),
    [
        (many_to_many, {"head": "sigmoid"}, "`head` must be one of 'softmax', 'crf'"),
        (many_to_many, {"num_tags": 0}, "`num_tags`"),
        (many_to_many, {"cell": "lstn"}, "`cell`"),
        (many_to_many, {"rare_dropout": 0.5}, "`rare_dropout` needs `first_rare`"),
        (many_to_many, {"num_characters": 5, "characters": "gru"}, "`kind` must be one of 'cnn', 'lstm'"),
        (many_to_one, {"pooling": "sum"}, "`pooling` must be one of"),
        (many_to_one, {"head": "crf"}, "`head` must be one of"),
        (many_to_one, {"input_dropout": 1.0}, "[0, 1)"),
    ],
)
def test_wrong_arguments_are_refused(build, changes, message):
    sizes = {"num_tags": 3} if build is many_to_many else {"num_outputs": 3}
    with pytest.raises(InputError) as error:
        build(**({"vocabulary_size": 9} | sizes | changes))
    assert message in str(error.value)


def test_seeds_of_all_that_is_dropped_differ():
    model = many_to_many(
        **SIZES, **SMALL, num_tags=3, input_dropout=0.5, dropout=0.5, output_dropout=0.5, depth=2, seed=1
    )
    layers = [layer for layer in model._flatten_layers() if getattr(layer, "seed", None) is not None]
    seeds = [layer.seed for layer in layers if type(layer).__name__ in ("LockedDropout", "Dropout")]
    assert len(seeds) == 4
    assert all(a != b for a, b in itertools.combinations(seeds, 2))
