"""What a language model wrote."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Continuation:
    """What a language model wrote after a prompt.

    Attributes:
        prompt: The prompt as it was given.
        text: What follows it, without `<eos>`.
        log_probs: Log-probability of each drawn token under the model itself, a final `<eos>` included.
        ended: Whether the model ended the text, and not the length.
    """

    prompt: str
    text: str
    log_probs: np.ndarray
    ended: bool
