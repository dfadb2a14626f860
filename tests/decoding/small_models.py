"""Small models that the tests of decoding share."""

import keras
import numpy as np

from seqkit.models import language_model


def small_model(seed=0, vocabulary=7, scale=2.0, **changes):
    """Weights large enough for distributions far from even."""
    keras.utils.set_random_seed(seed)
    model = language_model(**({"vocabulary_size": vocabulary, "cell": "lstm", "units": 8, "embedding": 5} | changes))
    model.set_weights([scale * w for w in model.get_weights()])
    return model


def token_log_probs(model, ids):
    """log p(x_t | x_<t) of every token but the first, in one call of the whole model, in float64."""
    logits = np.float64(keras.ops.convert_to_numpy(model(np.array([ids[:-1]], "int32"))))[0]
    top = logits.max(-1, keepdims=True)
    logs = logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True))
    return logs[np.arange(len(ids) - 1), ids[1:]]
