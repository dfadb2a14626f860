"""A stream draws what a Generator draws, token by token, for as long as one likes."""

import gc
import itertools
import tracemalloc

import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.decoding import Generator, Greedy, NoRepeatNGram, RepetitionPenalty, Temperature, TopK, TopP, stream
from tests.decoding.small_models import small_model

GENERATOR = Generator(small_model())
SAMPLERS = [Greedy(), Temperature(1.3), TopK(k=3), TopP(0.8)]
CONSTRAINTS = [
    (),
    (NoRepeatNGram(3),),
    (RepetitionPenalty(1.7, last=5), NoRepeatNGram(2, last=9)),
]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=str)
@pytest.mark.parametrize("constraints", CONSTRAINTS, ids=str)
@pytest.mark.parametrize("chunk", [1, 5, 64])
def test_it_draws_what_a_generator_draws(sampler, constraints, chunk):
    prompt, arguments = [2, 5, 6], {"sampler": sampler, "seed": 4, "suppress": [0], "constraints": constraints}
    expected = GENERATOR([prompt], length=90, **arguments)
    found = list(stream(GENERATOR, prompt, length=90, chunk=chunk, **arguments))
    assert [drawn.id for drawn in found] == expected.ids[0].tolist()
    np.testing.assert_allclose([drawn.log_prob for drawn in found], expected.log_probs[0], atol=1e-5)


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_the_stop_token_ends_it_as_it_ends_a_generator(chunk):
    ends = 0
    for seed in range(6):
        arguments = {"sampler": Temperature(2.0), "seed": seed, "stop": 3}
        [expected] = GENERATOR([[2]], length=30, **arguments).ids
        found = [drawn.id for drawn in stream(GENERATOR, [2], length=30, chunk=chunk, **arguments)]
        assert found == expected.tolist()
        ends += found[-1] == 3
    assert ends  # else nothing was tested


def test_without_a_length_it_goes_on_and_constraints_look_at_the_last_tokens():
    """Longer than any array it works in; the Generator's own loop holds all of it at once."""
    constraints = (RepetitionPenalty(1.5, last=4), NoRepeatNGram(2, last=6))
    endless = stream(GENERATOR, [2], sampler=Temperature(), seed=1, constraints=constraints, chunk=8)
    found = [drawn.id for drawn in itertools.islice(endless, 500)]
    [expected] = GENERATOR([[2]], length=500, sampler=Temperature(), seed=1, constraints=constraints).ids
    assert found == expected.tolist()


def test_the_first_token_is_there_before_a_chunk_is_computed():
    sizes = []
    model = small_model()
    generator = Generator(model)
    loop = generator.drawing(Greedy(), ())
    generator.drawing = lambda *_: lambda *given: sizes.append(int(given[2][0] - given[1][0])) or loop(*given)
    tokens = stream(generator, [2], sampler=Greedy(), chunk=8)
    next(tokens)
    assert sizes == [1]
    for _ in range(2 + 4 + 8 + 8):
        next(tokens)
    assert sizes == [1, 2, 4, 8, 8]


def drawn_in_memory(count, settle=2_000):
    """Bytes that Python holds more after `count` tokens than after the first `settle`."""
    tokens = stream(GENERATOR, [2], sampler=Temperature(), constraints=[NoRepeatNGram(3, last=50)], chunk=256)
    for _ in itertools.islice(tokens, settle):
        pass
    tracemalloc.start()
    for _ in itertools.islice(tokens, 1_000):
        pass
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in itertools.islice(tokens, count):
        pass
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def test_a_long_stream_leaves_memory_flat():
    """A history of the tokens alone would be 80 kB, one of states far more; TensorFlow caches 25 kB of constants."""
    assert drawn_in_memory(10_000) < 60_000


@pytest.mark.slow
def test_a_stream_of_a_hundred_thousand_tokens_leaves_memory_flat():
    import resource

    drawn_in_memory(1_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = drawn_in_memory(100_000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"100,000 tokens: {grown} bytes more in Python, peak memory {peak} kB higher")
    assert grown < 100_000  # a list of the ids would be 800,000
    assert peak < 20_000  # kB


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prompt": []}, "`prompt`"),
        ({"prompt": [9]}, "`prompt`"),
        ({"chunk": 0}, "`chunk`"),
        ({"length": 0}, "`length`"),
        ({"seed": -1}, "`seed`"),
        ({"stop": 7}, "`stop`"),
        ({"suppress": range(7)}, "`suppress`"),
        ({"sampler": "greedy"}, "`sampler`"),
        ({"sampler": TopK(k=8)}, "k"),
        ({"constraints": [NoRepeatNGram(3)]}, "Give it `last`, or give the stream a `length`"),
        ({"constraints": NoRepeatNGram(3, last=9)}, "tuple"),
    ],
    ids=lambda value: str(value),
)
def test_wrong_arguments_are_refused_at_once_and_not_by_the_first_token(changes, message):
    arguments = {"prompt": [2], "sampler": Greedy()} | changes
    with pytest.raises(InputError, match=message):
        stream(GENERATOR, arguments.pop("prompt"), **arguments)
