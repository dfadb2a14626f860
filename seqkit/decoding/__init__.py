"""From a trained model to new sequences."""

from seqkit.decoding.beam_search import Hypothesis as Hypothesis
from seqkit.decoding.beam_search import beam_search as beam_search
from seqkit.decoding.constraint import Constraint as Constraint
from seqkit.decoding.generator import Generated as Generated
from seqkit.decoding.generator import Generator as Generator
from seqkit.decoding.greedy import Greedy as Greedy
from seqkit.decoding.ngram_generator import NGramGenerator as NGramGenerator
from seqkit.decoding.no_repeat_ngram import NoRepeatNGram as NoRepeatNGram
from seqkit.decoding.repetition_penalty import RepetitionPenalty as RepetitionPenalty
from seqkit.decoding.sampler import Sampler as Sampler
from seqkit.decoding.scorer import Scorer as Scorer
from seqkit.decoding.stream import Drawn as Drawn
from seqkit.decoding.stream import stream as stream
from seqkit.decoding.tag_decoder import FoundSpan as FoundSpan
from seqkit.decoding.tag_decoder import TagDecoder as TagDecoder
from seqkit.decoding.tag_decoder import Tagged as Tagged
from seqkit.decoding.temperature import Temperature as Temperature
from seqkit.decoding.top_k import TopK as TopK
from seqkit.decoding.top_p import TopP as TopP

__all__ = [
    "Constraint",
    "Drawn",
    "FoundSpan",
    "Generated",
    "Generator",
    "Greedy",
    "Hypothesis",
    "NGramGenerator",
    "NoRepeatNGram",
    "RepetitionPenalty",
    "Sampler",
    "Scorer",
    "TagDecoder",
    "Tagged",
    "Temperature",
    "TopK",
    "TopP",
    "beam_search",
    "stream",
]
