"""What a search found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """One of the likeliest texts after a prompt, as far as a search saw.

    Attributes:
        prompt: The prompt as it was given.
        text: What follows it, without `<eos>`.
        log_prob: Its log-probability under the model, a final `<eos>` included.
        score: What it was ranked by: the log-probability over the length penalty.
        ended: Whether the model ended the text, and not the length.
    """

    prompt: str
    text: str
    log_prob: float
    score: float
    ended: bool
