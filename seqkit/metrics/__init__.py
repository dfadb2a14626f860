"""Metrics that keep sum and count, and so are exact over a whole set."""

from seqkit.metrics.bits_per_character import BitsPerCharacter as BitsPerCharacter
from seqkit.metrics.nats import Nats as Nats
from seqkit.metrics.perplexity import Perplexity as Perplexity

__all__ = ["BitsPerCharacter", "Nats", "Perplexity"]
