"""A model's steps, compiled once and kept for every call that follows."""

from collections.abc import Callable, Hashable
from typing import Any

import keras
import numpy as np

from seqkit import kernels
from seqkit.checks import InputError


class CompiledSteps:
    """The step contract of one model, compiled: what `Generator`, `stream`, `Scorer` and `beam_search` stand on.

    Args:
        model: A model with `initial_state(batch)` and `step(ids, state)`.
        xla: Whether loops are compiled with XLA.

    Raises:
        InputError: if the model lacks the step contract.
    """

    def __init__(self, model: keras.Model, *, xla: bool = True) -> None:
        if not (hasattr(model, "step") and hasattr(model, "initial_state")):
            raise InputError(
                "`model` must offer `step(ids, state)` and `initial_state(batch)`. "
                f"Received: {type(model).__name__}, which does not. Models built by `language_model` do."
            )
        self.model = model
        self.xla = xla
        self._read = kernels.compile(lambda ids, state: model.step(ids, state), model.variables)
        self._start = kernels.compile(lambda ids: model.step(ids, model.initial_state(ids.shape[0])), model.variables)
        self._loops: dict[Hashable, Callable] = {}
        self._size: int | None = None

    def read(self, ids: np.ndarray) -> tuple[Any, Any]:
        """Reads `(batch, time)` from zero state, in pieces of a power of two: few shapes, and so few compilations.

        Returns:
            Logits `(batch, vocabulary)` of the token after the last one, and the state.
        """
        pieces = [1 << bit for bit in range(ids.shape[1].bit_length()) if ids.shape[1] >> bit & 1]
        logits, state = self._start(ids[:, : pieces[0]])
        done = pieces[0]
        for piece in pieces[1:]:
            logits, state = self._read(ids[:, done : done + piece], state)
            done += piece
        return logits[:, -1], state  # (batch, time, vocabulary) -> (batch, vocabulary)

    def vocabulary(self) -> int:
        """Number of ids, from the shape of the logits of one step: the contract has no other place for it."""
        if self._size is None:
            logits, _ = self._start(np.zeros((1, 1), np.int32))
            self._size = int(logits.shape[-1])
        return self._size

    def loop(self, key: Hashable, make: Callable[[], Callable]) -> Callable:
        """The compiled function of `key`; `make` gives it when it is wanted for the first time."""
        if key not in self._loops:
            self._loops[key] = kernels.compile(make(), self.model.variables, xla=self.xla)
        return self._loops[key]
