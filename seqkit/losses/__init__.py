"""Losses that count only the targets that are there."""

from seqkit.losses.masked_cross_entropy import MaskedCrossEntropy as MaskedCrossEntropy

__all__ = ["MaskedCrossEntropy"]
