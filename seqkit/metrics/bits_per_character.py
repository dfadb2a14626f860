"""Bits per character, exact over a whole set."""

import math
from typing import Any

import keras

from seqkit.checks import check_positive
from seqkit.metrics.nats import Nats


@keras.saving.register_keras_serializable(package="seqkit")
class BitsPerCharacter(Nats):
    """The bits an ideal compressor with this model spends on a character of the text.

    bits per character = nats / log(2) / characters per token

    Args:
        characters_per_token: Positive float. Characters of the text divided by its tokens; 1 for a character model.
            With it, models with different tokens can be compared on one text.
        name: Name of the metric.

    Call arguments (`update_state`): as `Nats`.

    Raises:
        InputError: if `characters_per_token` is not above 0.

    Example:

    >>> metric = BitsPerCharacter()
    >>> metric.update_state(np.array([[1, -1]]), np.zeros((1, 2, 4)))
    >>> round(float(metric.result()), 4)
    2.0
    """

    def __init__(self, characters_per_token: float = 1.0, name: str = "bits_per_character") -> None:
        super().__init__(name=name)
        self.characters_per_token = check_positive("characters_per_token", characters_per_token)

    def result(self) -> Any:
        return super().result() / (math.log(2) * self.characters_per_token)

    def get_config(self) -> dict:
        return {"characters_per_token": self.characters_per_token, "name": self.name}
