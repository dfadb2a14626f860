"""Plain sampling."""

from dataclasses import dataclass
from typing import Any

from seqkit.decoding.sampler import Sampler


@dataclass(frozen=True)
class Temperature(Sampler):
    """Draws from the whole distribution, sharpened or flattened by the temperature.

    Args:
        temperature: Positive float; 1 draws from the model as it is.

    Raises:
        InputError: if `temperature` is not above 0.

    Example:

    >>> keras.ops.convert_to_numpy(Temperature(0.5)(np.array([[0.0, 0.0]]), np.array([0.75]))).tolist()
    [1]
    """

    def filter(self, logits: Any) -> Any:
        return logits
