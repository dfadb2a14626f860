"""A linear-chain conditional random field."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError, check_positive_int


@keras.saving.register_keras_serializable(package="seqkit")
class CRF(keras.layers.Layer):
    """A linear-chain conditional random field: scores for whole tag sequences instead of single tags.

    score(y | x) = start[y_1] + sum_t emission_t[y_t] + sum_t transition[y_{t-1}, y_t] + end[y_n];
    p(y | x) = exp(score(y | x)) / sum_y' exp(score(y' | x))

    The layer folds all four terms, and the mask, into potentials: `potentials[b, t, i, j]` is what tag j at step t adds
    after tag i. At the first step row 0 alone counts. So the loss (`CRFLoss`), `kernels.best_path`, marginals and
    n-best are functions of the output and of nothing else, and a model with this head is compiled, fitted, saved and
    loaded as any other.

    Args:
        num_tags: Positive integer.
        forbidden: Pairs of tag ids of which the second never follows the first; `None` as the first means the start of
            a sequence, as the second its end. `tagging.forbidden_transitions` gives those of a scheme. Paths through
            them get no probability, in training as in decoding.

    Call arguments:
        inputs: Emissions (logits) `(batch, time, num_tags)`.
        mask: Optional booleans `(batch, time)`: `True` on the left, padding on the right.

    Input shape: `(batch, time, num_tags)`.
    Output shape: potentials `(batch, time, num_tags, num_tags)`, always float32: sums over many steps need it.
    Masking: a masked step changes nothing in any sum or maximum, so the mask is in the potentials and ends here. A row
        without any step has one path, of score 0.

    Raises:
        InputError: if an argument is outside the values named above, or inputs have another width.

    Example:

    >>> layer = CRF(3, forbidden=[(None, 2), (0, 2)])  # O, B, I: I follows neither the start nor O
    >>> potentials = layer(np.zeros((1, 4, 3)))
    >>> tuple(potentials.shape)
    (1, 4, 3, 3)

    References: Lafferty et al. 2001; Lample et al. 2016, section 2.2.
    """

    def __init__(self, num_tags: int, forbidden: Sequence[Sequence[int | None]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_tags = check_positive_int("num_tags", num_tags)
        self.forbidden = forbidden
        for pair in forbidden or ():
            _check_pair(pair, num_tags)
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        if input_shape[-1] != self.num_tags:
            raise InputError(
                f"`CRF` takes one emission a tag. Received: inputs of shape {tuple(input_shape)}, "
                f"num_tags={self.num_tags}. Put a Dense layer of that width before it."
            )
        vector, matrix = (self.num_tags,), (self.num_tags, self.num_tags)
        # Without autocast: they are summed in float32, whatever the policy.
        exact: dict[str, Any] = {"initializer": "zeros", "autocast": False}
        self.start = self.add_weight(shape=vector, name="start", **exact)
        self.transitions = self.add_weight(shape=matrix, name="transitions", **exact)
        self.end = self.add_weight(shape=vector, name="end", **exact)
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        emissions = ops.cast(inputs, "float32")
        start, transitions, end = self._allowed()
        first = ops.arange(ops.shape(emissions)[1]) == 0  # (time,)
        before = ops.where(first[:, None, None], start[None, None, :], transitions[None])  # (time, before, tags)
        potentials = emissions[:, :, None, :] + before[None]  # (batch, time, before, tags)
        if mask is None:
            last = ops.flip(first)[None]
            return potentials + ops.where(last[:, :, None, None], end, 0.0)
        mask = ops.cast(mask, "bool")
        after = ops.concatenate([mask[:, 1:], ops.zeros_like(mask[:, :1])], axis=1)
        last = ops.logical_and(mask, ops.logical_not(after))
        potentials = potentials + ops.where(last[:, :, None, None], end, 0.0)
        return ops.where(mask[:, :, None, None], potentials, kernels.identity_potentials(self.num_tags))

    def _allowed(self) -> tuple:
        """Start, transitions and end, `IMPOSSIBLE` where forbidden."""
        pairs = [tuple(pair) for pair in self.forbidden or ()]

        def allowed(weight: Any, blocked: list) -> Any:
            return ops.where(ops.convert_to_tensor(blocked, "bool"), kernels.IMPOSSIBLE, ops.cast(weight, "float32"))

        ids = range(self.num_tags)
        return (
            allowed(self.start, [(None, j) in pairs for j in ids]),
            allowed(self.transitions, [[(i, j) in pairs for j in ids] for i in ids]),
            allowed(self.end, [(i, None) in pairs for i in ids]),
        )

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: the mask is in the potentials, and Keras would weigh the terms of a loss with it."""

    def compute_output_spec(self, inputs: Any, mask: Any = None) -> keras.KerasTensor:
        return keras.KerasTensor((*inputs.shape, self.num_tags), dtype="float32")

    def get_config(self) -> dict:
        return {**super().get_config(), "num_tags": self.num_tags, "forbidden": self.forbidden}


def _check_pair(pair: Sequence[int | None], num_tags: int) -> None:
    known = len(pair) == 2 and all(tag is None or tag in range(num_tags) for tag in pair)
    if not known or tuple(pair) == (None, None):
        raise InputError(
            f"`forbidden` must hold pairs of tag ids from 0 to {num_tags - 1}, one of them perhaps None. "
            f"Received: {pair!r}."
        )
