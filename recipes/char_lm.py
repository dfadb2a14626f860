"""A language model of characters, words or bytes: from raw text to new text.

Run:      python -m recipes.char_lm             (the source of Python's standard library, 3 minutes)
          python -m recipes.char_lm --data tinyshakespeare --minutes 3
Expect:   of the second, 1.463 nats a character on the validation text, seeds 0 to 2 within 0.002, on two cores
"""

import json.decoder
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import keras

from seqkit import kernels
from seqkit.bundle import LanguageModelBundle
from seqkit.checks import check_positive_int
from seqkit.data import (
    SAMPLINGS,
    SequentialWindows,
    TextCorpus,
    TextSource,
    Windows,
    text_corpus,
    text_source,
    training_windows,
)
from seqkit.evaluation import Report, corpus_metrics, corpus_ngram, environment, language_ladder, peak_memory_mb
from seqkit.layers import CELLS, DROPOUT_MASKS
from seqkit.losses import MaskedCrossEntropy
from seqkit.metrics import Nats
from seqkit.models import HEADS, language_model
from seqkit.runs import Run, RunSettings, command
from seqkit.settings import arguments_for, choice, parse
from seqkit.text import LEVELS, Tokenizer, tokenizer_for
from seqkit.training import (
    AVERAGINGS,
    SCHEDULES,
    Budget,
    ClippedOptimizer,
    LearningCurve,
    NonFiniteGuard,
    Progress,
    Schedule,
    ScheduledRate,
    TruncatedBPTT,
    averaged,
    averaging_callbacks,
)

RECIPE = "char_lm"
TEMPERATURES = (0.5, 0.8, 1.0)
SAMPLE_LENGTH = 400
DEFAULT_MINUTES = 3.0  # when neither epochs nor minutes are given
UNLIMITED = 1_000_000  # epochs that no run in minutes reaches


@dataclass(frozen=True)
class Settings(RunSettings):
    """What can be set; every field is a flag of the command."""

    data: str = "python"  # 'python' (the standard library's source), 'tinyshakespeare', 'ptb', a file or a folder
    pattern: str = "*"  # which files of a folder are documents
    level: str = choice("char", LEVELS)  # what a token is
    vocabulary_size: int | None = None  # cap on the vocabulary, special tokens included
    min_count: int | None = None  # occurrences below which a token is unknown; 'none' knows every one
    cell: str = choice("lstm", CELLS)  # recurrent cell
    units: int = 384  # width of each recurrent layer
    depth: int = 1  # recurrent layers
    embedding: int | None = 64  # width of the embedding; 'none' feeds one-hot vectors
    head: str = choice("softmax", HEADS)  # 'tied' uses the embedding's matrix; 'adaptive' is for large vocabularies
    forget_bias: float | None = None  # initial bias of the gate that keeps the state; 'none': 1 for the LSTM, else 0
    embedding_dropout: float = 0.0  # share of the vocabulary without a vector while training
    input_dropout: float = 0.0  # share of embedded features dropped while training
    dropout: float = 0.0  # share dropped between recurrent layers
    output_dropout: float = 0.2  # share dropped before the softmax
    dropout_mask: str = choice("step", DROPOUT_MASKS)  # how often the masks of these three are drawn
    weight_drop: float = 0.0  # share of the recurrent weights dropped
    activation_regularization: float = 0.0  # price of large outputs (AR)
    temporal_regularization: float = 0.0  # price of outputs that change from step to step (TAR)
    sampling: str = choice("sequential", SAMPLINGS)  # whether the state carries over from window to window
    window: int = 50  # tokens in a window: how far back the gradient reaches
    batch: int = 32  # windows in a batch
    learning_rate: float = 0.004  # its peak
    schedule: str = choice("cosine", SCHEDULES)  # how the learning rate falls
    warmup: float = 0.02  # share of the budget in which it rises
    clip_norm: float | None = 1.0  # global norm to which gradients are clipped
    averaging: str = choice("none", AVERAGINGS)  # of weights: moving average, or plain mean once validation stalls
    average_momentum: float = 0.999  # what the moving average ('ema') keeps of itself at an update
    patience: int | None = None  # epochs without improvement before training stops
    streams: int = 32  # streams in which validation and test are read
    prompt: str = ""  # what samples begin with


# Small enough for seconds, large enough to go through everything: one module of the standard library.
SMOKE = {"data": json.decoder.__file__, "epochs": 1, "minutes": 0.1}
SMOKE |= {"units": 16, "window": 20, "batch": 16, "streams": 4}


def main(argv: Sequence[str] | None = None) -> None:
    """Loads, trains, evaluates, shows."""
    s = parse(Settings, argv, prog=f"python -m recipes.{RECIPE}", description=__doc__, smoke=SMOKE)
    go(RECIPE, s, lambda source: read(source, s, tokenizer_for(s.level), usual_count=1))


def read(source: TextSource, s: Settings, tokenizer: Tokenizer, usual_count: int) -> TextCorpus:
    """The corpus, and what there is to know of it before training."""
    min_count = usual_count if s.min_count is None else s.min_count
    corpus = text_corpus(source, tokenizer, vocabulary_size=s.vocabulary_size, min_count=min_count)
    print(f"{corpus.name}: a vocabulary of {len(corpus.vocabulary)} from {len(corpus.splits['train'])} training tokens")
    for split in list(corpus.splits)[1:]:
        print(f"{split}: {corpus.coverage[split]}")
    return corpus


def go(
    recipe: str, s: Settings, corpus_of: Callable[[TextSource], TextCorpus], sections: Callable = lambda report: ()
) -> Report:
    """The road of every language model, of characters or of words; `sections` of a report are added to its page."""
    keras.utils.set_random_seed(s.seed)
    kernels.deterministic()
    run = Run(recipe, s)  # refuses a folder before minutes are spent; makes it when it is entered
    corpus = corpus_of(text_source(s.data, pattern=s.pattern))
    trainer, windows, valid = prepare(s, corpus)
    with run:
        curve = train(s, trainer, windows, valid)
        ngram = corpus_ngram(corpus)
        bundle = LanguageModelBundle(trainer.model, corpus.vocabulary, corpus.tokenizer, asdict(s), ngram)
        report = evaluate(recipe, s, bundle, corpus, curve)
        run.finish(report, bundle, curve, sections(report))
    show(run, report)
    return report


def prepare(s: Settings, corpus: TextCorpus) -> tuple[TruncatedBPTT, Windows, Windows]:
    """The model, compiled to carry its state, and the windows to train and validate on."""
    tokens, only = corpus.splits["train"], corpus.context_only
    batch, streams = check_positive_int("batch", s.batch), check_positive_int("streams", s.streams)
    windows = training_windows(tokens, s.sampling, window=s.window, batch=batch, seed=s.seed, context_only=only)
    valid = SequentialWindows(corpus.splits["valid"], window=s.window, streams=streams, context_only=only)
    model = language_model(**arguments_for(language_model, s, vocabulary_size=len(corpus.vocabulary)))
    trainer = TruncatedBPTT(model, streams=batch, evaluation_streams=streams)
    adam = averaged(keras.optimizers.Adam(s.learning_rate, beta_2=0.99), s.averaging, s.average_momentum)
    optimizer = ClippedOptimizer(adam, s.clip_norm)
    trainer.compile(optimizer, MaskedCrossEntropy(), metrics=[Nats()], jit_compile=kernels.JIT_FIT)
    return trainer, windows, valid


def train(s: Settings, trainer: TruncatedBPTT, windows: Windows, valid: Windows) -> LearningCurve:
    """Trains within the budget; the weights that are left are the best on the validation windows."""
    minutes = s.minutes if s.minutes is not None or s.epochs is not None else DEFAULT_MINUTES
    budget = Budget(steps_per_epoch=windows.steps_per_epoch, epochs=s.epochs, minutes=minutes)
    curve = LearningCurve(budget, tokens_per_update=s.batch * s.window)
    patience = check_positive_int("patience", UNLIMITED if s.patience is None else s.patience)
    best = keras.callbacks.EarlyStopping("val_nats", mode="min", patience=patience, restore_best_weights=True)
    schedule = ScheduledRate(s.learning_rate, Schedule(s.schedule, warmup=s.warmup), budget)
    trainer.fit(
        windows.feed(s.epochs or UNLIMITED),
        epochs=s.epochs or UNLIMITED,
        steps_per_epoch=windows.steps_per_epoch,
        validation_data=valid.feed(),
        callbacks=[budget, schedule, NonFiniteGuard(), *averaging_callbacks(s.averaging), curve, best, Progress(curve)],
        shuffle=False,
        verbose=0,
    )
    return curve


def evaluate(recipe: str, s: Settings, bundle: LanguageModelBundle, corpus: TextCorpus, curve: LearningCurve) -> Report:
    """Exact figures on every split but the first, the baseline ladder beside them, and samples."""
    held_out, model = list(corpus.splits)[1:], bundle.model
    baselines, mixtures = language_ladder(model, corpus, ngram=bundle.ngram, streams=s.streams, window=s.window)
    return Report(
        recipe=recipe,
        data=s.data,
        seed=s.seed,
        settings=asdict(s),
        metrics=corpus_metrics(model, corpus, streams=s.streams, window=s.window),
        baselines=baselines,
        mixtures=mixtures,
        parameters=bundle.model.count_params(),
        train=curve.summary(),
        peak_memory_mb=round(peak_memory_mb(), 1),
        environment=environment(),
        evaluation={"split": held_out[-1], "streams": s.streams, "window": s.window},
        coverage={split: corpus.coverage[split].to_dict() for split in held_out},
        samples=bundle.samples(s.prompt, temperatures=TEMPERATURES, length=SAMPLE_LENGTH, seed=s.seed),
    )


def show(run: Run, report: Report) -> None:
    """What a person wants to see at the end."""
    for sample in report.samples:
        print(f"\n--- temperature {sample['temperature']} ---\n{sample['prompt']}{sample['text']}")
    print(f"\n{report.summary()}\n\n{run.folder / 'report.html'}")
    print(f'python -m seqkit generate {run.folder} --prompt "{report.settings["prompt"]}" --temperature 0.8')


if __name__ == "__main__":
    sys.exit(command(main))
