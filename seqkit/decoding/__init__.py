"""From a trained model to new sequences."""

from seqkit.decoding.constraint import Constraint as Constraint
from seqkit.decoding.generator import Generated as Generated
from seqkit.decoding.generator import Generator as Generator
from seqkit.decoding.greedy import Greedy as Greedy
from seqkit.decoding.no_repeat_ngram import NoRepeatNGram as NoRepeatNGram
from seqkit.decoding.repetition_penalty import RepetitionPenalty as RepetitionPenalty
from seqkit.decoding.sampler import Sampler as Sampler
from seqkit.decoding.temperature import Temperature as Temperature
from seqkit.decoding.top_k import TopK as TopK
from seqkit.decoding.top_p import TopP as TopP

__all__ = [
    "Constraint",
    "Generated",
    "Generator",
    "Greedy",
    "NoRepeatNGram",
    "RepetitionPenalty",
    "Sampler",
    "Temperature",
    "TopK",
    "TopP",
]
