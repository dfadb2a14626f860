"""What a model must have so that one can look inside."""

from typing import Any

import keras
import numpy as np

from seqkit.checks import InputError
from seqkit.models import LanguageModel

__all__ = ["check_ids", "check_model", "predict"]


def check_model(model: keras.Model) -> LanguageModel:
    """Returns `model` if its parts are known by name."""
    if not isinstance(model, LanguageModel):
        raise InputError(
            "`model` must be a `LanguageModel`, as `language_model` builds it: its recurrent layers are looked into. "
            f"Received: {type(model).__name__}."
        )
    return model


def check_ids(ids: Any, model: LanguageModel, rank: int = 1) -> np.ndarray:
    """Returns `ids` as an array of integers that `model` has tokens for."""
    found = np.asarray(ids)
    if found.ndim != rank or found.dtype.kind not in "iu":
        shape = "(time,)" if rank == 1 else "(batch, time)"
        raise InputError(f"`ids` must be integers {shape}. Received: {found.dtype} of shape {found.shape}.")
    if found.size and not (found.min() >= 0 and found.max() < model.vocabulary_size):
        raise InputError(
            f"`ids` must lie in [0, {model.vocabulary_size}), the model's vocabulary. "
            f"Received: {found.min()} to {found.max()}."
        )
    return found.astype(np.int32)


def predict(model: LanguageModel, features: Any, state: tuple) -> Any:
    """Logits of the token after the last one read, `(batch, vocabulary)`, from tokens that are embedded already."""
    outputs, _ = model.encoder(features, initial_state=state)
    last = outputs[:, -1:]  # (batch, 1, units)
    if model.projection is not None:
        last = model.projection(last)
    logits = model.head_layer(last, *((model.input_layer.embeddings,) if model.head == "tied" else ()))
    return logits[:, 0]  # (batch, vocabulary)
