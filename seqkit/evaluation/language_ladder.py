"""What a language model must beat, and what it still learns from the best of them."""

import keras
import numpy as np

from seqkit.baselines import Bigram, KneserNey, Uniform, Unigram
from seqkit.data import TextCorpus
from seqkit.evaluation.baseline import baseline_likelihood
from seqkit.evaluation.likelihood import Likelihood, text_log_probs
from seqkit.evaluation.mixture import mixed, mixture_weight

Figures = dict[str, dict[str, float]]  # name -> metric -> number

ORDER = 5
# Tokens of training text that the 5-grams are counted in: their memory grows with the text.
MOST_TOKENS = 20_000_000


def corpus_ngram(corpus: TextCorpus) -> KneserNey:
    """The 5-gram of a corpus's training text; of a very long one, of its first 20 million tokens."""
    return KneserNey(corpus.splits["train"][:MOST_TOKENS], len(corpus.vocabulary), ORDER)


def language_ladder(
    model: keras.Model, corpus: TextCorpus, *, streams: int, window: int = 100, ngram: KneserNey | None = None
) -> tuple[Figures, Figures]:
    """The baselines of a language model on the last split of its corpus, and what it reaches together with the best.

    The baselines are uniform, unigram, bigram and the n-gram. The mixture of the model and the n-gram is weighed on the
    first split after the training text; where that is the last one too, its name says so. Where the n-grams were
    counted in the beginning of the training text only, their name says that.

    Args:
        model: A model with `initial_state(batch)` and `step(ids, state)`.
        corpus: The corpus it was trained on.
        streams: Positive integer. Into how many pieces the text is cut for the model, as in `likelihood`.
        window: Positive integer. Tokens read at once.
        ngram: The n-grams of the same training text; those of `corpus_ngram` if left out.

    Returns:
        The baselines and the mixture: for each name its metrics, as reports hold them.
    """
    size, tokens, only = len(corpus.vocabulary), corpus.splits["train"], corpus.context_only
    held_out = list(corpus.splits)[1:]
    first, last = held_out[0], held_out[-1]
    ngram = corpus_ngram(corpus) if ngram is None else ngram
    part = "" if ngram.tokens == len(tokens) else f" of the first {ngram.tokens:,} tokens"
    ngram_name = f"{ngram.order}-gram{part}"
    ladder = {
        "uniform": Uniform(size),
        "unigram": Unigram(tokens, size),
        "bigram": Bigram(tokens, size),
        ngram_name: ngram,
    }
    found = {
        name: baseline_likelihood(
            baseline, corpus.splits[last], characters=corpus.characters[last], context_only=only
        ).metrics()
        for name, baseline in ladder.items()
    }
    pairs = {}
    for split in {first, last}:
        row = corpus.splits[split]
        predicted = ~np.isin(row[1:], only)
        own = text_log_probs(model, row, streams=streams, window=window)
        pairs[split] = own[predicted], ngram.log_probs(row)[predicted]
    weight = mixture_weight(*pairs[first])
    total = mixed(*pairs[last], weight)
    name = f"{weight:.0%} this model, {1 - weight:.0%} {ngram_name}" + (
        " (weighed on this split)" if first == last else ""
    )
    mixture = Likelihood(float(total.sum()), len(total), corpus.characters[last]).metrics()
    return found, {name: mixture}
