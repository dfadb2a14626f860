"""Generation: fakes that spell a word, plain Python loops over `step`, and the chain rule."""

from typing import Any, NamedTuple

import keras
import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.decoding import Generator, Greedy, Sampler, Temperature, TopK
from seqkit.models import language_model

CELLS = ("simple_rnn", "minimal_gru", "gru", "lstm")
BOS, STOP = 0, 1
LETTERS = "^.abcdefghijklmnopqrstuvwxyz"  # ids 0 and 1 stand for <bos> and <eos>


def ids_of(text):
    return [LETTERS.index(letter) for letter in text]


def text_of(ids):
    return "".join(LETTERS[i] for i in ids)


class Position(NamedTuple):
    """How many tokens a row has read."""

    count: Any  # (batch, 1)


class Speller(keras.Model):
    """Wants to spell one word after `<bos>`, whatever it reads: only the number of tokens read counts."""

    def __init__(self, word):
        super().__init__()
        self.wishes = np.array(ids_of(word))
        self.executions = 0

    def initial_state(self, batch):
        return (Position(keras.ops.zeros((batch, 1))),)

    def step(self, ids, state, training=False):
        self.executions += 1
        time = ids.shape[1]
        read = state[0].count + keras.ops.arange(1, time + 1, dtype="float32")  # (batch, time)
        wanted = keras.ops.take(self.wishes, keras.ops.cast(read - 1, "int32") % len(self.wishes))
        logits = 20.0 * keras.ops.one_hot(wanted, len(LETTERS), dtype="float32")  # (batch, time, vocabulary)
        return logits, (Position(state[0].count + time),)


class Successor(keras.Model):
    """Wants the next letter of the alphabet after the last one read."""

    def initial_state(self, batch):
        return (Position(keras.ops.zeros((batch, 1))),)

    def step(self, ids, state, training=False):
        wanted = (keras.ops.cast(ids, "int32") + 1) % len(LETTERS)
        return 20.0 * keras.ops.one_hot(wanted, len(LETTERS), dtype="float32"), state


class Loaded(keras.Model):
    """A loaded die: the same logits for ever, held in one weight."""

    def __init__(self, chance):
        super().__init__()
        self.logits = self.add_weight(shape=(len(chance),), name="logits")
        with np.errstate(divide="ignore"):
            self.logits.assign(np.log(np.asarray(chance, "float64")))

    def initial_state(self, batch):
        return (Position(keras.ops.zeros((batch, 1))),)

    def step(self, ids, state, training=False):
        shape = (*keras.ops.shape(ids), self.logits.shape[0])
        return keras.ops.broadcast_to(self.logits, shape), state


def small_model(cell="lstm", seed=0, **changes):
    """A model with opinions: head weights large enough that tokens differ in probability."""
    keras.utils.set_random_seed(seed)
    model = language_model(**{"vocabulary_size": 12, "cell": cell, "units": 8, "depth": 1, "embedding": 5} | changes)
    model.set_weights([2.0 * w for w in model.get_weights()])
    return model


def log_softmax(logits):
    logits = np.asarray(logits, "float64")
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def step_logits(model, ids):
    """The logits after each token, by the model's own `step`, one token at a time from zero state."""
    state, rows = model.initial_state(1), []
    for token in ids:
        logits, state = model.step(np.array([[token]], "int32"), state)
        rows.append(keras.ops.convert_to_numpy(logits)[0, 0])
    return np.array(rows)


def greedy_loop(model, prompt, length, stop=None, suppress=()):
    """Generation as one would write it by hand."""
    state, drawn = model.initial_state(1), []
    for token in prompt:
        logits, state = model.step(np.array([[token]], "int32"), state)
    while len(drawn) < length:
        row = keras.ops.convert_to_numpy(logits)[0, -1].copy()
        row[list(suppress)] = -np.inf
        drawn.append(int(row.argmax()))
        if drawn[-1] == stop:
            break
        logits, state = model.step(np.array([[drawn[-1]]], "int32"), state)
    return drawn


def as_lists(generated):
    return [ids.tolist() for ids in generated.ids]


def test_a_speller_spells_its_word():
    generated = Generator(Speller("sequence"))([[BOS]], length=12, sampler=Greedy())
    assert text_of(generated.ids[0]) == "sequencesequ"
    assert generated.ids[0].dtype == np.int32
    assert generated.log_probs[0].dtype == np.float32


def test_every_prompt_of_a_batch_is_read_to_its_own_end():
    """The word goes on from where each prompt leaves it, so a row that reads too much or too little misspells."""
    prompts = ["^", "^s", "^seq", "^sequen", "^sequences", "^sequencesequencesequences"]
    generated = Generator(Speller("sequence"))([ids_of(p) for p in prompts], length=8, sampler=Temperature())
    endless = "^" + 6 * "sequence"
    assert [text_of(ids) for ids in generated.ids] == [endless[len(p) :][:8] for p in prompts]


def test_each_row_reads_its_own_last_token():
    generated = Generator(Successor())([ids_of(p) for p in ["a", "xyzm", "zb"]], length=4, sampler=Greedy())
    assert [text_of(ids) for ids in generated.ids] == ["bcde", "nopq", "cdef"]


def test_a_stop_token_ends_its_row_and_no_other():
    prompts = [ids_of(p) for p in ["^", "^stopp", "^st", "^stop."]]
    generated = Generator(Speller("stop."))(prompts, length=9, sampler=Greedy(), stop=STOP)
    assert [text_of(ids) for ids in generated.ids] == ["stop.", "stop.", "op.", "stop."]
    assert [len(row) for row in generated.log_probs] == [5, 5, 3, 5]


def test_a_stop_token_inside_a_prompt_ends_nothing():
    """Neither its own row nor, when all other rows are done, the loop."""
    prompts = [ids_of(p) for p in ["^stop", "^stop.sto", "^stop.stop.s"]]
    generated = Generator(Speller("stop."))(prompts, length=9, sampler=Greedy(), stop=STOP)
    assert [text_of(ids) for ids in generated.ids] == [".", "p.", "top."]


def test_rows_without_a_stop_go_on_to_the_length():
    generated = Generator(Successor())([ids_of(p) for p in ["y", "a"]], length=7, sampler=Greedy(), stop=ids_of("z")[0])
    assert [text_of(ids) for ids in generated.ids] == ["z", "bcdefgh"]


def test_the_length_counts_the_stop_token():
    generated = Generator(Speller("stop."))([[BOS]] * 2, length=5, sampler=Greedy(), stop=STOP)
    assert text_of(generated.ids[0]) == "stop."
    shorter = Generator(Speller("stop."))([[BOS]] * 2, length=4, sampler=Greedy(), stop=STOP)
    assert text_of(shorter.ids[1]) == "stop"


def test_without_a_stop_token_nothing_ends_a_row():
    generated = Generator(Speller("stop."))([[BOS]], length=10, sampler=Greedy())
    assert text_of(generated.ids[0]) == "stop.stop."


def test_suppressed_tokens_are_never_drawn():
    generated = Generator(Speller("abc"))([[BOS]], length=9, sampler=Greedy(), suppress=ids_of("b"))
    spelled = text_of(generated.ids[0])
    assert "b" not in spelled
    assert spelled[0::3] + spelled[2::3] == "aaaccc"


def test_a_suppressed_stop_token_ends_nothing():
    generated = Generator(Speller("ab."))([[BOS]], length=9, sampler=Greedy(), stop=STOP, suppress=[STOP])
    assert len(generated.ids[0]) == 9
    assert STOP not in generated.ids[0]


@pytest.mark.parametrize(("cell", "xla"), [*((cell, True) for cell in CELLS), ("lstm", False)])
def test_greedy_generation_is_the_loop_by_hand(cell, xla):
    model = small_model(cell)
    prompts = [[2], [5, 6, 7, 8, 9, 10, 11], [4, 4], list(range(12))]
    generated = Generator(model, xla=xla)(prompts, length=10, sampler=Greedy(), stop=3, suppress=[0, 1])
    assert as_lists(generated) == [greedy_loop(model, p, 10, stop=3, suppress=[0, 1]) for p in prompts]


def test_a_prompt_alone_gives_what_it_gives_in_a_batch():
    prompts = [[2], [2, 5, 7], [9] * 10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1]]
    generator = Generator(small_model())
    together = generator(prompts, length=15, sampler=Greedy())
    for row, prompt in enumerate(prompts):
        alone = generator([prompt], length=15, sampler=Greedy())
        assert together.ids[row].tolist() == alone.ids[0].tolist()
        np.testing.assert_allclose(together.log_probs[row], alone.log_probs[0], atol=1e-5)


def test_rows_do_not_touch_each_other():
    generator = Generator(small_model())
    base = generator([[2, 5, 6], [7, 7, 7]], length=30, sampler=Temperature(), seed=4)
    other = generator([[2, 5, 6], [8, 1, 9]], length=30, sampler=Temperature(), seed=4)
    assert base.ids[0].tolist() == other.ids[0].tolist()
    assert base.ids[1].tolist() != other.ids[1].tolist()
    np.testing.assert_allclose(base.log_probs[0], other.log_probs[0], atol=1e-6)


@pytest.mark.parametrize(
    ("cell", "sampler"),
    [
        *((cell, TopK(k=3, temperature=2.0)) for cell in CELLS),
        *(("gru", sampler) for sampler in (Temperature(0.4), Greedy())),
    ],
    ids=str,
)
def test_log_probs_are_the_chain_rule(cell, sampler):
    """Under the model itself: at temperature 1, nothing filtered, nothing suppressed."""
    model = small_model(cell)
    prompts = [[2], [5, 6, 7, 8, 9], [4, 4, 11]]
    generated = Generator(model)(prompts, length=8, sampler=sampler, seed=1, stop=3, suppress=[0, 1, 2])
    for prompt, ids, found in zip(prompts, generated.ids, generated.log_probs, strict=True):
        whole = [*prompt, *ids.tolist()]
        expected = log_softmax(step_logits(model, whole[:-1]))[
            range(len(prompt) - 1, len(whole) - 1), whole[len(prompt) :]
        ]
        np.testing.assert_allclose(found, expected, atol=1e-5)
        at_once = keras.ops.convert_to_numpy(model(np.array([whole[:-1]])))[0]
        chain = log_softmax(at_once)[np.arange(len(whole) - 1), whole[1:]][len(prompt) - 1 :]
        np.testing.assert_allclose(found, chain, atol=1e-5)


def test_log_probs_under_a_mixed_precision_model_are_finite_and_full_precision():
    generated = Generator(small_model(dtype="mixed_bfloat16"))([[2], [3, 4]], length=9, sampler=Temperature())
    for row in generated.log_probs:
        assert row.dtype == np.float32
        assert np.isfinite(row).all()
        assert (row < 0).all()


def test_the_seed_decides():
    generator = Generator(small_model())
    prompts = [[2], [3, 4, 5]]
    draws = [as_lists(generator(prompts, length=40, sampler=Temperature(), seed=seed)) for seed in (0, 0, 1, 2**31 + 5)]
    assert draws[0] == draws[1]
    assert len({str(draw) for draw in draws}) == 3
    again = Generator(small_model())(prompts, length=40, sampler=Temperature(), seed=0)
    assert as_lists(again) == draws[0]
    keras.utils.set_random_seed(99)  # the random numbers of the process are others
    unsaid = generator(prompts, length=40, sampler=Temperature())
    assert as_lists(unsaid) == draws[0]


def test_a_longer_text_begins_with_the_shorter_one():
    generator = Generator(small_model())
    shorter = generator([[2]], length=10, sampler=Temperature(), seed=3).ids[0]
    longer = generator([[2]], length=50, sampler=Temperature(), seed=3).ids[0]
    assert longer[:10].tolist() == shorter.tolist()


CHI_SQUARE = {3: 25.9, 15: 50.5}  # critical values at 1e-5, by degrees of freedom


def test_draws_are_independent_and_follow_the_probabilities():
    """Over time, over rows and over seeds: one random number used twice would show in a table of pairs."""
    chance = np.array([0.4, 0.3, 0.2, 0.1])
    generator = Generator(Loaded(chance))
    drawn = np.stack(
        [generator([[0]] * 64, length=64, sampler=Temperature(), seed=seed).ids for seed in range(4)]
    )  # (seed, batch, time)
    assert drawn.shape == (4, 64, 64)
    counts, expected = np.bincount(drawn.ravel(), minlength=4), drawn.size * chance
    assert ((counts - expected) ** 2 / expected).sum() < CHI_SQUARE[3]
    for axis in range(3):
        left = np.take(drawn, range(0, drawn.shape[axis], 2), axis).ravel()
        right = np.take(drawn, range(1, drawn.shape[axis], 2), axis).ravel()
        table = np.bincount(4 * left + right, minlength=16).reshape(4, 4)
        independent = left.size * np.outer(chance, chance)
        assert ((table - independent) ** 2 / independent).sum() < CHI_SQUARE[15]  # 15, for the margins are known


class Ruler(Sampler):
    """Shows the random numbers themselves: token i says that the number lies in [i/V, (i+1)/V)."""

    def filter(self, logits):
        return keras.ops.zeros_like(logits)


def test_random_numbers_are_uniform_and_none_comes_twice():
    cells = 1024
    generator = Generator(Loaded(np.full(cells, 1 / cells)))
    drawn = np.stack(generator([[0]] * 32, length=128, sampler=Ruler(), seed=7).ids)
    coarse = np.bincount(drawn.ravel() // 256, minlength=4)
    expected = drawn.size / 4
    assert ((coarse - expected) ** 2 / expected).sum() < CHI_SQUARE[3]
    other = np.stack(generator([[0]] * 32, length=128, sampler=Ruler(), seed=8).ids)
    # Chance equality is 1/1024: 4 of 4096 expected, 16 happen once in 100000 times.
    assert (drawn == other).sum() < 16
    assert (drawn[1:] == drawn[:-1]).sum() < 16
    assert (drawn[:, 1:] == drawn[:, :-1]).sum() < 16


def test_prompts_of_forty_lengths_compile_a_few_loops():
    """Compilations grow with the powers of two, 1 to 64, not with the lengths; a `step` in Python is a compilation.

    For each power the prompt may be begun, read on and continued: 3 times 7.
    """
    model = Speller("sequence")
    generator = Generator(model)
    executions = []
    for _ in range(2):
        for n in range(1, 41):
            generated = generator([[BOS] * n], length=8, sampler=Greedy())
            assert text_of(generated.ids[0]) == (7 * "sequence")[n - 1 :][:8]
        executions.append(model.executions)
    assert 0 < executions[0] <= 21
    assert executions[1] == executions[0]


def test_a_second_call_does_not_compile_again():
    model = Speller("sequence")
    generator = Generator(model)
    generator([[BOS, 5, 6]], length=8, sampler=Temperature(0.8), seed=0)
    once = model.executions
    generator([[BOS, 7, 6]], length=8, sampler=Temperature(0.8), seed=1, suppress=[4])
    generator([[BOS, 5, 6]], length=6, sampler=Temperature(0.8), seed=2, stop=STOP)
    assert model.executions == once


def test_new_weights_are_seen():
    model = Loaded([0.0, 1.0, 0.0, 0.0])
    generator = Generator(model)
    assert as_lists(generator([[0]], length=4, sampler=Temperature())) == [[1] * 4]
    with np.errstate(divide="ignore"):
        model.logits.assign(np.log([0.0, 0.0, 0.0, 1.0]))
    again = generator([[0]], length=4, sampler=Temperature())
    assert as_lists(again) == [[3] * 4]
    assert again.log_probs[0].tolist() == [0.0] * 4


def test_new_weights_of_a_recurrent_model_are_seen():
    model, other = small_model(seed=0, depth=2), small_model(seed=1, depth=2)
    generator = Generator(model)
    before = as_lists(generator([[2, 3]], length=20, sampler=Greedy()))
    expected = greedy_loop(other, [2, 3], 20)
    assert before != [expected]
    model.set_weights(other.get_weights())
    assert as_lists(generator([[2, 3]], length=20, sampler=Greedy())) == [expected]


def test_dropout_is_off():
    model = small_model(input_dropout=0.9, dropout=0.9, output_dropout=0.9)
    generated = Generator(model)([[2]], length=20, sampler=Greedy())
    assert as_lists(generated) == [greedy_loop(model, [2], 20)]


def test_prompts_may_be_arrays_and_the_results_belong_to_the_caller():
    generator = Generator(Speller("ab"))
    generated = generator(np.array([[BOS], [BOS]]), length=3, sampler=Greedy())
    generated.ids[0][:] = 9
    assert [text_of(ids) for ids in generated.ids] == ["hhh", "aba"]


def test_an_empty_prompt_is_refused_with_the_way_out():
    with pytest.raises(InputError, match=r"prompt.*\[<bos>\]"):
        Generator(Speller("ab"))([[BOS], []], length=3, sampler=Greedy())


def test_a_model_without_the_step_contract_is_refused():
    with pytest.raises(InputError, match="step"):
        Generator(keras.Sequential([keras.layers.Dense(2)]))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"length": 0}, "length"),
        ({"length": -1}, "length"),
        ({"length": 2.5}, "length"),
        ({"seed": -1}, "seed"),
        ({"seed": 0.5}, "seed"),
        ({"prompts": []}, "prompt"),
        ({"sampler": TopK(k=29)}, "k"),
        ({"stop": -1}, "stop"),
        ({"stop": 1.5}, "stop"),
        ({"stop": 28}, "stop"),
        ({"suppress": [-1]}, "suppress"),
        ({"suppress": [28]}, "suppress"),
        ({"suppress": range(28)}, "suppress"),
        ({"prompts": [["a"]]}, "prompt"),
        ({"prompts": [[-1]]}, "(prompt|ids)"),
        ({"prompts": [[1.5]]}, "prompt"),
        ({"prompts": [3, 4]}, "prompt"),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_by_name(changes, name):
    arguments = {"prompts": [[BOS], [BOS, 2]], "length": 3, "sampler": Greedy()} | changes
    with pytest.raises(InputError, match=f"`?{name}"):
        Generator(Speller("ab"))(arguments.pop("prompts"), **arguments)


@pytest.mark.parametrize("token", [-1, 12])
def test_a_prompt_with_ids_the_model_does_not_have_is_refused(token):
    """An embedding would read some other row for it, silently."""
    with pytest.raises(InputError, match=r"prompt|ids"):
        Generator(small_model())([[2, token]], length=3, sampler=Greedy())


def test_a_refused_call_leaves_the_generator_in_order():
    generator = Generator(Speller("ab"))
    with pytest.raises(InputError):
        generator([[BOS]], length=4, sampler=TopK(k=999))
    assert text_of(generator([[BOS]], length=4, sampler=Greedy()).ids[0]) == "abab"
