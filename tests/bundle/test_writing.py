"""Other ways a bundle writes: piece by piece, the likeliest texts, and from n-grams."""

import itertools

import keras
import numpy as np
import pytest

from seqkit.baselines import KneserNey
from seqkit.bundle import LanguageModelBundle, load
from seqkit.checks import InputError
from seqkit.decoding import Greedy, NGramGenerator, NoRepeatNGram, RepetitionPenalty, Temperature
from seqkit.evaluation import log_prob
from seqkit.models import language_model
from seqkit.text import ByteTokenizer, CharTokenizer, Vocabulary, WordTokenizer

WORDS = ("the", "cat", "sat", "\n", ",")


def make(tokens="abcdef", tokenizer=None, ngram=None):
    keras.utils.set_random_seed(0)
    vocabulary = Vocabulary(list(tokens))
    model = language_model(vocabulary_size=len(vocabulary), units=8, embedding=4)
    model.set_weights([2.0 * w for w in model.get_weights()])
    return LanguageModelBundle(model, vocabulary, tokenizer or CharTokenizer(), {}, ngram)


def with_ngram(order=3):
    rng = np.random.default_rng(0)
    return make(ngram=KneserNey(rng.integers(4, 10, 500), 10, order))


BUNDLES = {
    "characters": (make, "ab"),
    "words": (lambda: make(WORDS, WordTokenizer(newlines=True)), "the cat"),
    "bytes": (lambda: make([chr(b) for b in (*range(0xA0, 0xB0), *range(0xC3, 0xE5), 65)], ByteTokenizer()), "AA"),
}


@pytest.mark.parametrize(("make_bundle", "prompt"), BUNDLES.values(), ids=BUNDLES.keys())
@pytest.mark.parametrize("constraints", [(), (NoRepeatNGram(3, last=20), RepetitionPenalty(1.5, last=9))])
def test_a_stream_is_what_is_generated_piece_by_piece(make_bundle, prompt, constraints):
    bundle = make_bundle()
    for seed in range(3):
        arguments = {"length": 70, "sampler": Temperature(1.3), "seed": seed, "constraints": constraints}
        [whole] = bundle.generate([prompt], **arguments)
        pieces = list(bundle.stream(prompt, **arguments))
        assert "".join(pieces) == whole.text
        assert len(pieces) <= len(whole.log_probs) + 1


def test_a_stream_without_length_goes_on_until_the_model_ends_the_text():
    bundle = make()
    text = "".join(itertools.islice(bundle.stream("a", sampler=Temperature(), seed=1), 400))
    [whole] = bundle.generate(["a"], length=400, sampler=Temperature(), seed=1)
    assert text == whole.text
    assert whole.ended or len(text) == 400


def test_a_stream_refuses_by_the_call():
    with pytest.raises(InputError, match="`seed` must"):
        make().stream("a", sampler=Greedy(), seed=-1)
    with pytest.raises(InputError, match="Give it `last`"):
        make().stream("a", sampler=Greedy(), constraints=(NoRepeatNGram(3),))


def test_the_best_texts_are_the_likeliest_of_all():
    """All 6^3 texts of three characters and the shorter ones that end, by brute force."""
    bundle = make()
    known = bundle.vocabulary
    prompt = bundle.encode("ab")
    letters = known.encode(list("abcdef")).tolist()
    texts = [list(t) for t in itertools.product(letters, repeat=3)]
    texts += [[*t, known.eos_id] for n in (0, 1, 2) for t in itertools.product(letters, repeat=n)]
    scores = [
        float(whole - start)
        for whole, start in zip(
            log_prob(bundle.model, [[*prompt, *t] for t in texts]),
            [log_prob(bundle.model, [prompt])[0]] * len(texts),
            strict=True,
        )
    ]
    best = sorted(zip(scores, texts, strict=True), reverse=True)[:4]
    found = bundle.beam("ab", length=3, beams=len(texts), n_best=4)
    for candidate, (score, ids) in zip(found, best, strict=True):
        ended = ids[-1] == known.eos_id
        assert candidate.text == "".join(known.decode(ids[:-1] if ended else ids))
        assert candidate.ended == ended
        assert candidate.prompt == "ab"
        assert candidate.log_prob == pytest.approx(score, abs=1e-4)


def test_one_beam_is_greedy():
    bundle = make()
    [greedy] = bundle.generate(["abc"], length=9, sampler=Greedy())
    [candidate] = bundle.beam("abc", length=9, beams=1)
    assert candidate.text == greedy.text
    assert candidate.log_prob == pytest.approx(float(greedy.log_probs.sum()), abs=1e-4)


def test_ngrams_write_what_their_generator_draws():
    bundle = with_ngram()
    known = bundle.vocabulary
    [text] = bundle.generate(["ab"], length=20, sampler=Temperature(), seed=4, writer="ngram")
    drawn = NGramGenerator(bundle.ngram)(
        [bundle.encode("ab")],
        length=20,
        sampler=Temperature(),
        seed=4,
        stop=known.eos_id,
        suppress=(known.pad_id, known.bos_id, known.unk_id),
    )
    ids = [i for i in drawn.ids[0].tolist() if i != known.eos_id]
    assert text.text == "".join(known.decode(ids))
    assert text.text != bundle.generate(["ab"], length=20, sampler=Temperature(), seed=4)[0].text


def test_ngrams_are_saved_and_come_back(tmp_path):
    bundle = with_ngram()
    bundle.save(tmp_path / "bundle")
    loaded = load(tmp_path / "bundle")
    row = np.random.default_rng(1).integers(0, 10, 50)
    assert loaded.ngram.log_probs(row).tobytes() == bundle.ngram.log_probs(row).tobytes()
    make().save(tmp_path / "without")
    assert not (tmp_path / "without" / "ngram.npz").exists()
    assert load(tmp_path / "without").ngram is None


def test_damaged_or_unlisted_ngrams_are_not_loaded(tmp_path):
    with_ngram().save(tmp_path / "bundle")
    path = tmp_path / "bundle" / "ngram.npz"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(InputError, match=r"ngram\.npz"):
        load(tmp_path / "bundle")
    make().save(tmp_path / "without")
    (tmp_path / "without" / "ngram.npz").write_bytes(data)
    assert load(tmp_path / "without").ngram is None


def test_ngrams_of_another_vocabulary_and_writers_that_are_not_there_are_refused():
    with pytest.raises(InputError, match="does not fit the n-grams"):
        make(ngram=KneserNey(np.zeros(5, int), 7))
    with pytest.raises(InputError, match="holds no n-grams"):
        make().generate([""], length=1, sampler=Greedy(), writer="ngram")
    with pytest.raises(InputError, match="`writer` must"):
        make().generate([""], length=1, sampler=Greedy(), writer="monkey")


def test_samples_are_what_is_generated_at_each_temperature():
    bundle = make()
    found = bundle.samples("ab", temperatures=(0.5, 1.0), length=9, seed=3)
    for sample, temperature in zip(found, (0.5, 1.0), strict=True):
        [text] = bundle.generate(["ab"], length=9, sampler=Temperature(temperature), seed=3)
        assert sample == {
            "temperature": temperature,
            "prompt": "ab",
            "text": text.text,
            "nats": pytest.approx(-text.log_probs.mean()),
        }
