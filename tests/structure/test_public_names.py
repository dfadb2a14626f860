"""The public API, pinned: a name comes or goes on purpose, with a line in the changelog."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PUBLIC = {
    "seqkit": [
        "__version__",
        "load",
        "baselines",
        "bundle",
        "checks",
        "data",
        "decoding",
        "evaluation",
        "files",
        "inspection",
        "kernels",
        "layers",
        "losses",
        "masking",
        "metrics",
        "models",
        "runs",
        "settings",
        "tagging",
        "text",
        "training",
    ],
    "seqkit.baselines": ["Bigram", "KneserNey", "Uniform", "Unigram"],
    "seqkit.bundle": ["Candidate", "Continuation", "LanguageModelBundle", "UnknownTokenWarning", "load"],
    "seqkit.cli": ["main"],
    "seqkit.data": [
        "NAMES",
        "SAMPLINGS",
        "BatchSequence",
        "Batches",
        "BucketedBatches",
        "Document",
        "Permutation",
        "RandomWindows",
        "SequentialWindows",
        "TaggedSentence",
        "TextCorpus",
        "TextSource",
        "TokenFile",
        "Windows",
        "bucket_lengths",
        "download",
        "encode_text",
        "locate",
        "read_columns",
        "read_folders",
        "read_lines",
        "read_table",
        "TABLES",
        "LabelledTexts",
        "text_corpus",
        "text_source",
        "training_windows",
    ],
    "seqkit.decoding": [
        "Constraint",
        "Drawn",
        "Generated",
        "Generator",
        "Greedy",
        "Hypothesis",
        "NGramGenerator",
        "NoRepeatNGram",
        "RepetitionPenalty",
        "Sampler",
        "Scorer",
        "Temperature",
        "TopK",
        "TopP",
        "beam_search",
        "stream",
        "FoundSpan",
        "TagDecoder",
        "Tagged",
    ],
    "seqkit.evaluation": [
        "Likelihood",
        "Report",
        "Section",
        "baseline_likelihood",
        "comparison_section",
        "comparison_text",
        "level_comparison",
        "corpus_metrics",
        "corpus_ngram",
        "environment",
        "language_ladder",
        "likelihood",
        "log_prob",
        "mixture_weight",
        "peak_memory_mb",
        "render_page",
        "text_log_probs",
        "write_page",
    ],
    "seqkit.inspection": [
        "FEATURES",
        "Activations",
        "Follower",
        "LagCurve",
        "LayerMovement",
        "MaskingReport",
        "Saturation",
        "check_masking",
        "following_units",
        "fresh_lag_curves",
        "gate_saturation",
        "gradient_by_lag",
        "hidden_activations",
        "input_gradient_norms",
        "render_inspection",
        "text_features",
    ],
    "seqkit.kernels": [
        "Recurrence",
        "IMPOSSIBLE",
        "JIT_FIT",
        "best_path",
        "best_paths",
        "compile",
        "cross_entropy",
        "dense",
        "deterministic",
        "fused",
        "gradient",
        "gru",
        "has_cudnn",
        "identity_potentials",
        "log_partition",
        "lstm",
        "minimal_gru",
        "on_rows",
        "pair_marginals",
        "path_score",
        "replica_sum",
        "replicas",
        "simple_rnn",
        "sync",
        "with_rows",
    ],
    "seqkit.layers": [
        "CELLS",
        "CHARACTER_ENCODERS",
        "CRF",
        "DROPOUT_MASKS",
        "GRU",
        "LSTM",
        "ActivationRegularization",
        "AdaptiveSoftmax",
        "AttentionPooling",
        "CharacterEncoder",
        "Embedding",
        "ForgetBias",
        "GRUState",
        "LSTMState",
        "LockedDropout",
        "MaskedConcatenate",
        "MinimalGRU",
        "MinimalGRUCell",
        "MinimalGRUState",
        "OneHot",
        "Pooling",
        "RareWordDropout",
        "RecurrentStack",
        "SequenceEncoder",
        "SimpleRNN",
        "SimpleRNNState",
        "TiedHead",
        "dropout_layer",
    ],
    "seqkit.losses": [
        "CRFLoss",
        "MaskedBinaryCrossEntropy",
        "MaskedCrossEntropy",
        "MaskedSquaredError",
        "masked_mean_terms",
    ],
    "seqkit.metrics": [
        "BitsPerCharacter",
        "Nats",
        "Perplexity",
        "SpanF1",
    ],
    "seqkit.models": [
        "CLASSIFIER_HEADS",
        "HEADS",
        "POOLINGS",
        "TAGGER_HEADS",
        "LanguageModel",
        "language_model",
        "many_to_many",
        "many_to_one",
    ],
    "seqkit.runs": ["Run", "RunSettings", "command", "load_backend"],
    "seqkit.text": [
        "read_text",
        "stream_text",
        "split_stream",
        "Tokenizer",
        "CharTokenizer",
        "WordTokenizer",
        "ByteTokenizer",
        "LEVELS",
        "tokenizer_for",
        "tokenizer_from_config",
        "WordFeatures",
        "WordVectors",
        "read_vectors",
        "word_shape",
        "Vocabulary",
        "Coverage",
        "coverage",
    ],
    "seqkit.training": [
        "AVERAGINGS",
        "AveragedOptimizer",
        "AveragedWeights",
        "averaged",
        "averaging_callbacks",
        "SCHEDULES",
        "Budget",
        "ClippedOptimizer",
        "DivergedError",
        "GradientStatistics",
        "LearningCurve",
        "NonFiniteGuard",
        "Progress",
        "Schedule",
        "ScheduledRate",
        "TruncatedBPTT",
    ],
}


@pytest.mark.parametrize("room", PUBLIC)
def test_public_names_are_the_pinned_ones(room):
    module = importlib.import_module(room)
    assert sorted(module.__all__) == sorted(PUBLIC[room])
    assert all(hasattr(module, name) for name in module.__all__)


def test_every_room_is_pinned():
    package = Path(importlib.import_module("seqkit").__file__).parent
    assert {f"seqkit.{path.parent.name}" for path in package.glob("*/__init__.py")} == set(PUBLIC) - {"seqkit"}


@pytest.mark.parametrize("room", [room for room in PUBLIC if room not in ("seqkit",)])
def test_the_public_api_is_plain_re_export(room):
    """`from a import b as b` is what type checkers read as public."""
    tree = ast.parse(Path(importlib.import_module(room).__file__).read_text(encoding="utf-8"))
    exported = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert exported | defined == set(PUBLIC[room])


def test_importing_seqkit_is_light():
    code = "import sys, seqkit; print(sorted({'keras', 'tensorflow', 'jax', 'pandas', 'numpy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_an_unknown_room_is_an_attribute_error():
    import seqkit

    with pytest.raises(AttributeError, match="has no attribute 'utils'"):
        _ = seqkit.utils


def test_another_backend_is_refused_with_the_way_out():
    code = "import seqkit.kernels"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**__import__("os").environ, "KERAS_BACKEND": "numpy"},
    )
    assert run.returncode == 1
    assert "'tensorflow' and 'jax'. Received: 'numpy'. Set the environment variable KERAS_BACKEND" in run.stderr
