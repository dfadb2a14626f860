"""Metrics that keep sum and count, and so are exact over a whole set."""

from seqkit.metrics.bits_per_character import BitsPerCharacter as BitsPerCharacter
from seqkit.metrics.nats import Nats as Nats
from seqkit.metrics.perplexity import Perplexity as Perplexity
from seqkit.metrics.span_f1 import SpanF1 as SpanF1

__all__ = ["BitsPerCharacter", "Nats", "Perplexity", "SpanF1"]
