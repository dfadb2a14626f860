"""What a neural model must beat."""

from seqkit.baselines.bigram import Bigram as Bigram
from seqkit.baselines.kneser_ney import KneserNey as KneserNey
from seqkit.baselines.uniform import Uniform as Uniform
from seqkit.baselines.unigram import Unigram as Unigram

__all__ = ["Bigram", "KneserNey", "Uniform", "Unigram"]
