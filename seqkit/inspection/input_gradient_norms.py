"""How strongly a prediction depends on each token before it."""

from typing import Any

import keras
import numpy as np
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError, check_positive_int
from seqkit.inspection.parts import check_ids, check_model, predict


def input_gradient_norms(
    model: keras.Model, ids: Any, targets: Any, state: tuple | None = None, *, batch: int = 16
) -> np.ndarray:
    """The gradient of the last prediction with respect to the features of each token read, as a norm.

    n[b, s] = || d log p(target_b | ids_b) / d e_s ||_2, with e_s the input features (embedding or one-hot) of step s

    All steps come out of one backward pass. The features enter every cell in the same way, and what a gate or an LSTM's
    memory carries is all in the gradient; so figures of different cells mean the same.

    Args:
        model: A `LanguageModel`.
        ids: Integers `(batch, time)`, at least one step.
        targets: Integers `(batch,)`: the tokens that follow.
        state: The state before the first step, as `step` gives it; zeros if it is left out. No gradient enters it.
        batch: Positive integer. Rows computed together; the figures do not depend on it.

    Returns:
        Float32 `(batch, time)`.

    Raises:
        InputError: if an argument is not as named above.

    Example:

    >>> from seqkit.models import language_model
    >>> input_gradient_norms(language_model(vocabulary_size=5, units=4), [[1, 2, 3]], [4]).shape
    (1, 3)

    References: Bengio et al. 1994; Hochreiter & Schmidhuber 1997.
    """
    model = check_model(model)
    check_positive_int("batch", batch)
    ids = check_ids(ids, model, rank=2)
    targets = check_ids(targets, model)
    if not ids.size or len(targets) != len(ids):
        raise InputError(
            "`ids` must have a step and `targets` one token for each row. "
            f"Received: ids {ids.shape}, targets {targets.shape}."
        )
    if state is None:
        state = model.initial_state(len(ids))
    rows = keras.tree.map_structure(ops.convert_to_tensor, state)

    def norms(ids: Any, targets: Any, state: tuple) -> Any:
        def log_prob(features: Any) -> Any:
            logits = ops.cast(predict(model, features, state), "float32")
            return -ops.sum(ops.sparse_categorical_crossentropy(targets, logits, from_logits=True))

        # Rows do not touch each other, so the gradient of their sum is that of each.
        gradient = ops.cast(kernels.gradient(log_prob, model.input_layer(ids)), "float32")  # (batch, time, features)
        return ops.sqrt(ops.sum(gradient**2, axis=-1))

    compiled = kernels.compile(norms, model.variables)
    found = []
    for first in range(0, len(ids), batch):
        some = slice(first, first + batch)
        piece = keras.tree.map_structure(lambda tensor, some=some: tensor[some], rows)
        found.append(ops.convert_to_numpy(compiled(ids[some], targets[some], piece)))
    return np.concatenate(found)
