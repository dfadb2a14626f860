"""What Keras's `fit` needs beside a model: carried state, clipping, budgets, schedules, guards and the record."""

from seqkit.training.averaged_optimizer import AveragedOptimizer as AveragedOptimizer
from seqkit.training.averaged_weights import AveragedWeights as AveragedWeights
from seqkit.training.averaging import AVERAGINGS as AVERAGINGS
from seqkit.training.averaging import averaged as averaged
from seqkit.training.averaging import averaging_callbacks as averaging_callbacks
from seqkit.training.budget import Budget as Budget
from seqkit.training.clipped_optimizer import ClippedOptimizer as ClippedOptimizer
from seqkit.training.clipped_optimizer import GradientStatistics as GradientStatistics
from seqkit.training.learning_curve import LearningCurve as LearningCurve
from seqkit.training.nonfinite_guard import DivergedError as DivergedError
from seqkit.training.nonfinite_guard import NonFiniteGuard as NonFiniteGuard
from seqkit.training.progress import Progress as Progress
from seqkit.training.schedule import SCHEDULES as SCHEDULES
from seqkit.training.schedule import Schedule as Schedule
from seqkit.training.scheduled_rate import ScheduledRate as ScheduledRate
from seqkit.training.truncated_bptt import TruncatedBPTT as TruncatedBPTT

__all__ = [
    "AVERAGINGS",
    "SCHEDULES",
    "AveragedOptimizer",
    "AveragedWeights",
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
    "averaged",
    "averaging_callbacks",
]
