"""Model and data to a frozen report: JSON, one page of HTML, plots."""

from seqkit.evaluation.baseline import baseline_likelihood as baseline_likelihood
from seqkit.evaluation.corpus_metrics import corpus_metrics as corpus_metrics
from seqkit.evaluation.environment import environment as environment
from seqkit.evaluation.environment import peak_memory_mb as peak_memory_mb
from seqkit.evaluation.language_ladder import corpus_ngram as corpus_ngram
from seqkit.evaluation.language_ladder import language_ladder as language_ladder
from seqkit.evaluation.level_comparison import comparison_section as comparison_section
from seqkit.evaluation.level_comparison import comparison_text as comparison_text
from seqkit.evaluation.level_comparison import level_comparison as level_comparison
from seqkit.evaluation.likelihood import Likelihood as Likelihood
from seqkit.evaluation.likelihood import likelihood as likelihood
from seqkit.evaluation.likelihood import text_log_probs as text_log_probs
from seqkit.evaluation.log_prob import log_prob as log_prob
from seqkit.evaluation.mixture import mixture_weight as mixture_weight
from seqkit.evaluation.page import render_page as render_page
from seqkit.evaluation.page import write_page as write_page
from seqkit.evaluation.report import Report as Report
from seqkit.evaluation.section import Section as Section

__all__ = [
    "Likelihood",
    "Report",
    "Section",
    "baseline_likelihood",
    "comparison_section",
    "comparison_text",
    "corpus_metrics",
    "corpus_ngram",
    "environment",
    "language_ladder",
    "level_comparison",
    "likelihood",
    "log_prob",
    "mixture_weight",
    "peak_memory_mb",
    "render_page",
    "text_log_probs",
    "write_page",
]
