"""What a language model reaches on the held-out texts of its corpus."""

import keras

from seqkit.data import TextCorpus
from seqkit.evaluation.likelihood import likelihood


def corpus_metrics(
    model: keras.Model, corpus: TextCorpus, *, streams: int, window: int = 100
) -> dict[str, dict[str, float]]:
    """Exact figures on every split but the training text.

    Args:
        model: A model with `initial_state(batch)` and `step(ids, state)`.
        corpus: The corpus it was trained on.
        streams: Positive integer. Into how many pieces each text is cut, as in `likelihood`.
        window: Positive integer. Tokens read at once.

    Returns:
        For each split its metrics, as reports hold them.

    Raises:
        InputError: as `likelihood`.
    """
    return {
        split: likelihood(
            model,
            corpus.splits[split],
            streams=streams,
            window=window,
            characters=corpus.characters[split],
            context_only=corpus.context_only,
        ).metrics()
        for split in list(corpus.splits)[1:]
    }
