"""Tags and spans of a tagger, and the probability of a span by enumeration of all paths."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import tagging
from seqkit.checks import InputError
from seqkit.decoding import TagDecoder
from seqkit.layers import CRF
from tests.oracles import linear_chain as oracle

SCHEMES = {"BIO": ["O", "B-X", "I-X", "B-Y", "I-Y"], "BIOES": ["O", *(f"{p}-X" for p in "BIES"), "S-Y"]}
LENGTHS = [4, 2, 1, 0]


def tagger(tags, scheme=None):
    """A model whose emissions are its embeddings: any scores, with or without a CRF."""
    keras.utils.set_random_seed(1)
    ids = keras.Input((None,), dtype="int32")
    outputs = keras.layers.Embedding(9, len(tags), mask_zero=True, embeddings_initializer="normal")(ids)
    if scheme:
        outputs = CRF(len(tags), forbidden=tagging.forbidden_transitions(tags, scheme))(outputs)
    model = keras.Model(ids, outputs)
    model.set_weights([np.random.default_rng(0).normal(size=weight.shape) * 2 for weight in model.get_weights()])
    return model


IDS = np.where(np.arange(4) < np.array(LENGTHS)[:, None], np.random.default_rng(2).integers(1, 9, size=(4, 4)), 0)


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
def test_with_a_crf_a_span_is_as_probable_as_all_paths_that_hold_it(scheme):
    tags = SCHEMES[scheme]
    model = tagger(tags, scheme)
    potentials = ops.convert_to_numpy(model(IDS))
    seen = 0
    for row, (tagged, length) in enumerate(zip(TagDecoder(model, tags)(IDS, LENGTHS), LENGTHS, strict=True)):
        paths = oracle.paths(potentials[row], length)
        total = oracle.log_partition(potentials[row], length)
        assert tagged.tags == tuple(tags[tag] for tag in paths[0][1])
        assert [span[:3] for span in tagged.spans] == tagging.spans(tagged.tags)
        for span in tagged.spans:
            holding = [s for s, path in paths if span[:3] in tagging.spans([tags[tag] for tag in path])]
            assert span.probability == pytest.approx(sum(math.exp(s - total) for s in holding), abs=1e-5)
            seen += 1
    assert seen


def test_with_a_softmax_steps_stand_by_themselves():
    tags = SCHEMES["BIO"]
    model = tagger(tags)
    logits = np.float64(ops.convert_to_numpy(model(IDS)))
    chances = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    for row, (tagged, length) in enumerate(zip(TagDecoder(model, tags)(IDS, LENGTHS), LENGTHS, strict=True)):
        assert tagged.tags == tuple(tags[tag] for tag in logits[row, :length].argmax(axis=-1))
        for span in tagged.spans:
            ids = [tags.index(tag) for tag in tagged.tags[span.start : span.end]]
            expected = math.prod(chances[row, t, tag] for t, tag in enumerate(ids, start=span.start))
            if span.end < length:
                expected *= 1 - chances[row, span.end, tags.index(f"I-{span.type}")]
            assert span.probability == pytest.approx(expected, abs=1e-5)


def test_tags_of_another_model_are_refused():
    with pytest.raises(InputError, match=r"which has 5\. Received: 2 tags"):
        TagDecoder(tagger(SCHEMES["BIO"]), ["O", "B-X"])
