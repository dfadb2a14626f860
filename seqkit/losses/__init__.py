"""Losses that count only the targets that are there."""

from seqkit.losses.crf_loss import CRFLoss as CRFLoss
from seqkit.losses.masked_binary_cross_entropy import MaskedBinaryCrossEntropy as MaskedBinaryCrossEntropy
from seqkit.losses.masked_cross_entropy import MaskedCrossEntropy as MaskedCrossEntropy
from seqkit.losses.masked_mean_terms import masked_mean_terms as masked_mean_terms
from seqkit.losses.masked_squared_error import MaskedSquaredError as MaskedSquaredError

__all__ = [
    "CRFLoss",
    "MaskedBinaryCrossEntropy",
    "MaskedCrossEntropy",
    "MaskedSquaredError",
    "masked_mean_terms",
]
