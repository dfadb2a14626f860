"""New sequences from a model with the step contract."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops

from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
from seqkit.decoding.arguments import (
    allowed_logits,
    check_instances,
    prompt_table,
    random_numbers,
    stop_id,
)
from seqkit.decoding.compiled_steps import CompiledSteps
from seqkit.decoding.constraint import Constraint
from seqkit.decoding.generated import Generated, cut_at_stop
from seqkit.decoding.loop import draw
from seqkit.decoding.sampler import Sampler


class Generator:
    """Draws new sequences from any model with the step contract, in one compiled loop.

    x_t ~ sampler(logits_t), logits_{t+1}, s_{t+1} = model.step(x_t, s_t), until a stop token or the length

    A batch may hold prompts of different lengths. The loop is compiled once for each batch size, sampler, set of
    constraints and power of two that holds prompt and continuation, the reading of prompts once for each batch size and
    power of two. Weights that change later are seen.

    Args:
        model: A model with `initial_state(batch)` and `step(ids, state)`.
        xla: Whether to compile the loop with XLA, which is much faster for one sequence on a CPU.

    Raises:
        InputError: if the model lacks the step contract.

    Example:

    >>> from seqkit.decoding import Greedy
    >>> from seqkit.models import language_model
    >>> generator = Generator(language_model(vocabulary_size=6, units=4))
    >>> generated = generator([[2], [2, 5, 4]], length=3, sampler=Greedy())
    >>> [len(ids) for ids in generated.ids]
    [3, 3]

    References: Graves 2013, section 1.
    """

    def __init__(self, model: keras.Model, *, xla: bool = True) -> None:
        self.steps = CompiledSteps(model, xla=xla)

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
            constraints: What tokens may come, given those before, such as `(NoRepeatNGram(3),)`.

        Raises:
            InputError: if an argument is outside the values named above.
        """
        check_positive_int("length", length)
        check_nonnegative_int("seed", seed)
        vocabulary = self.steps.vocabulary()
        tokens, lengths = prompt_table(prompts, length, vocabulary)
        width = tokens.shape[1]
        allowed = allowed_logits(suppress, vocabulary)
        ending = stop_id(stop, vocabulary)
        loop = self.drawing(sampler, constraints)
        sampler.check_vocabulary(vocabulary)
        common = int(lengths.min())
        logits, state = self.steps.read(tokens[:, :common])
        uniform = random_numbers(np.random.default_rng(seed), width, len(tokens))
        tokens, log_probs, _, _ = loop(
            tokens, lengths, lengths + length, np.int32(common), ending, uniform, allowed, logits, state
        )
        tokens, log_probs = ops.convert_to_numpy(tokens), ops.convert_to_numpy(log_probs)
        return cut_at_stop(tokens, log_probs, lengths, length, ending)

    def drawing(self, sampler: Sampler, constraints: Sequence[Constraint]) -> Callable:
        """The compiled loop of a sampler and its constraints (see `seqkit.decoding.loop.draw`).

        Raises:
            InputError: if they are anything else.
        """
        if not isinstance(sampler, Sampler):
            raise InputError(f"`sampler` must be a Sampler, such as Greedy(). Received: sampler={sampler!r}.")
        chosen = check_instances("constraints", constraints, Constraint, "NoRepeatNGram(3)")
        model = self.steps.model
        return self.steps.loop(("draw", sampler, chosen), lambda: lambda *given: draw(model, sampler, chosen, *given))
