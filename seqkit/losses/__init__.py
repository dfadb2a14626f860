"""Losses that count only the targets that are there."""

from seqkit.losses.masked_cross_entropy import MaskedCrossEntropy as MaskedCrossEntropy
from seqkit.losses.masked_mean_terms import masked_mean_terms as masked_mean_terms

__all__ = ["MaskedCrossEntropy", "masked_mean_terms"]
