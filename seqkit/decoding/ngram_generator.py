"""New sequences from n-grams."""

from collections.abc import Sequence

import numpy as np
from keras import ops

from seqkit.baselines import KneserNey
from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
from seqkit.decoding.arguments import allowed_logits, check_instances, prompt_table, random_numbers, stop_id
from seqkit.decoding.constraint import Constraint, constrained
from seqkit.decoding.generated import Generated, cut_at_stop
from seqkit.decoding.sampler import Sampler


class NGramGenerator:
    """Draws new sequences from counted n-grams: what a Markov chain of a few tokens writes.

    x_t ~ sampler(log p(. | x_{t-n+1} ... x_{t-1})), until a stop token or the length

    The arguments mean what they mean to `Generator`, and of a model that gave the same log-probabilities the same seed
    would draw the same tokens.

    Args:
        ngram: Counted n-grams.

    Raises:
        InputError: if `ngram` is something else.

    Example:

    >>> from seqkit.decoding import Greedy
    >>> ngram = KneserNey(np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]), vocabulary_size=3)
    >>> NGramGenerator(ngram)([[0, 1]], length=4, sampler=Greedy()).ids[0].tolist()
    [2, 0, 1, 2]

    References: Shannon 1948, section 3.
    """

    def __init__(self, ngram: KneserNey) -> None:
        if not isinstance(ngram, KneserNey):
            raise InputError(f"`ngram` must be a KneserNey. Received: {type(ngram).__name__}.")
        self.ngram = ngram

    def __call__(
        self,
        prompts: Sequence[Sequence[int] | np.ndarray],
        *,
        length: int,
        sampler: Sampler,
        seed: int = 0,
        stop: int | None = None,
        suppress: Sequence[int] = (),
        constraints: Sequence[Constraint] = (),
    ) -> Generated:
        """Continues each prompt.

        Args:
            prompts: Ids, at least one a prompt; an empty text is the prompt `[<bos>]`.
            length: Positive integer. Tokens to draw at most.
            sampler: How tokens are chosen.
            seed: Non-negative integer. The same seed draws the same tokens.
            stop: Optional id that ends a sequence, such as `<eos>`.
            suppress: Ids that are never drawn, such as `<pad>`.
            constraints: What tokens may come, given those before.

        Raises:
            InputError: if an argument is outside the values named above.
        """
        check_positive_int("length", length)
        check_nonnegative_int("seed", seed)
        if not isinstance(sampler, Sampler):
            raise InputError(f"`sampler` must be a Sampler, such as Greedy(). Received: sampler={sampler!r}.")
        chosen = check_instances("constraints", constraints, Constraint, "NoRepeatNGram(3)")
        vocabulary = self.ngram.vocabulary_size
        sampler.check_vocabulary(vocabulary)
        allowed, ending = allowed_logits(suppress, vocabulary), stop_id(stop, vocabulary)
        tokens, begins = prompt_table(prompts, length, vocabulary)
        uniform = random_numbers(np.random.default_rng(seed), tokens.shape[1], len(tokens))
        log_probs, finished = np.zeros(tokens.shape, np.float32), np.zeros(len(tokens), bool)
        for t in range(int(begins.min()), int(begins.max()) + length):
            drawing = (t >= begins) & (t < begins + length) & ~finished
            if not drawing.any():
                continue
            rows = np.flatnonzero(drawing)
            log_p = np.log(np.stack([self.ngram.distribution(tokens[row, :t]) for row in rows])).astype(np.float32)
            wanted = constrained(ops.convert_to_tensor(log_p + allowed), chosen, tokens[rows], t)
            drawn = ops.convert_to_numpy(sampler(wanted, ops.convert_to_tensor(uniform[t, rows])))
            tokens[rows, t], log_probs[rows, t] = drawn, log_p[np.arange(len(rows)), drawn]
            finished[rows] = drawn == ending
        return cut_at_stop(tokens, log_probs, begins, length, ending)
