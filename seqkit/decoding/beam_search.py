"""The likeliest sequences, as far as a beam sees."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from seqkit.checks import InputError, check_nonnegative, check_positive_int
from seqkit.decoding.arguments import allowed_logits, power_of_two, prompt_ids, stop_id
from seqkit.decoding.beam_loop import Hypotheses, search
from seqkit.decoding.generator import Generator


class Hypothesis(NamedTuple):
    """A sequence that a search has found.

    Attributes:
        ids: int32, what follows the prompt, a final stop token included.
        log_prob: Its log-probability under the model itself.
        score: What it was ranked by: the log-probability over the length penalty.
    """

    ids: np.ndarray
    log_prob: float
    score: float


def beam_search(
    model: keras.Model | Generator,
    prompt: Sequence[int] | np.ndarray,
    *,
    length: int,
    beams: int = 4,
    n_best: int = 1,
    length_penalty: float = 0.0,
    stop: int | None = None,
    suppress: Sequence[int] = (),
    xla: bool = True,
) -> list[Hypothesis]:
    """Looks for the sequences of the highest score after a prompt, and draws nothing at random.

    score(y) = log p(y | prompt) / ((5 + |y|) / 6)^length_penalty

    At each step all continuations of all beams are ranked by their log-probability; of equals the one of the likelier
    beam comes first, then the one of the lower id. Those among the first `beams` that end with `stop` are whole, and
    are kept aside; the best `beams` that do not end go on. Sequences that reach the length are whole as well. The
    search ends earlier only when nothing it could still find would be among the `n_best`. One beam without a length
    penalty is what `Greedy` draws; as many beams as there are sequences find the best of all.

    Args:
        model: A model with the step contract, or a `Generator` of one, whose compiled loops then serve every search.
        prompt: Ids, at least one; an empty text is the prompt `[<bos>]`.
        length: Positive integer. Tokens of a sequence at most, a stop token included.
        beams: Positive integer, at most as many as there are sequences. Sequences followed at once.
        n_best: Positive integer, at most `beams`. How many of the best to return.
        length_penalty: Float, 0 or above; 0 ranks by log-probability, which favours short sequences, 0.6 to 1 is usual.
        stop: Optional id that ends a sequence, such as `<eos>`.
        suppress: Ids that never come, such as `<pad>`.
        xla: Whether to compile the loop with XLA; a `Generator` has its own.

    Returns:
        `n_best` hypotheses, the best first; fewer only where the model gives all other sequences the probability 0.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> from seqkit.models import language_model
    >>> model = language_model(vocabulary_size=6, units=4)
    >>> found = beam_search(model, [2], length=5, beams=3, n_best=2, stop=3)
    >>> len(found), found[0].score >= found[1].score
    (2, True)

    References: Sutskever et al. 2014, section 3.2; Wu et al. 2016, section 7.
    """
    check_positive_int("length", length)
    check_positive_int("beams", beams)
    check_nonnegative("length_penalty", length_penalty)
    if check_positive_int("n_best", n_best) > beams:
        raise InputError(f"`n_best` must be at most `beams`. Received: n_best={n_best}, beams={beams}. Use more beams.")
    steps = (model if isinstance(model, Generator) else Generator(model, xla=xla)).steps
    vocabulary = steps.vocabulary()
    ids = prompt_ids(prompt, vocabulary)
    ending, allowed = stop_id(stop, vocabulary), allowed_logits(suppress, vocabulary)
    possible = _possible(length, set(range(vocabulary)) - set(suppress), stop, beams)
    if beams > possible:
        raise InputError(
            f"`beams` must be at most the number of sequences there are. Received: beams={beams}, {possible} sequences "
            f"of up to {length} tokens. Use beams={possible}, which finds the best of all."
        )
    width, core = power_of_two(length), steps.model.step
    loop = steps.loop(("beams", beams, width), lambda: lambda *given: search(core, beams, width, *given))
    found = Hypotheses(
        *map(
            ops.convert_to_numpy,
            loop(
                np.int32(length),
                np.int32(n_best),
                np.float32(length_penalty),
                ending,
                allowed,
                *steps.read(ids[None]),
            ),
        )
    )
    return [
        Hypothesis(tokens[:end].copy(), float(log_prob), float(score))
        for tokens, end, log_prob, score in zip(*(part[:n_best] for part in found), strict=True)
        if score > -np.inf
    ]


def _possible(length: int, ids: set[int], stop: int | None, enough: int) -> int:
    """How many sequences there are; counting ends where there are `enough`."""
    going_on, ended, living = len(ids - {stop}), int(stop in ids), 1
    whole = 0
    for _ in range(length):
        whole += living * ended
        living *= going_on
        if living + whole >= enough or not living:
            break
    return whole + living
