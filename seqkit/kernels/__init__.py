"""What is written once per backend, one file a backend, and the loops that stand on it: recurrences, linear chains.

The rest of seqkit is written on `keras.ops`.
"""

from seqkit.kernels.backend import JIT_FIT as JIT_FIT
from seqkit.kernels.backend import compile as compile
from seqkit.kernels.backend import cross_entropy as cross_entropy
from seqkit.kernels.backend import dense as dense
from seqkit.kernels.backend import deterministic as deterministic
from seqkit.kernels.backend import fused as fused
from seqkit.kernels.backend import gradient as gradient
from seqkit.kernels.backend import has_cudnn as has_cudnn
from seqkit.kernels.backend import on_rows as on_rows
from seqkit.kernels.backend import replica_sum as replica_sum
from seqkit.kernels.backend import replicas as replicas
from seqkit.kernels.backend import sync as sync
from seqkit.kernels.backend import with_rows as with_rows
from seqkit.kernels.gru import gru as gru
from seqkit.kernels.linear_chain import IMPOSSIBLE as IMPOSSIBLE
from seqkit.kernels.linear_chain import best_path as best_path
from seqkit.kernels.linear_chain import best_paths as best_paths
from seqkit.kernels.linear_chain import identity_potentials as identity_potentials
from seqkit.kernels.linear_chain import log_partition as log_partition
from seqkit.kernels.linear_chain import pair_marginals as pair_marginals
from seqkit.kernels.linear_chain import path_score as path_score
from seqkit.kernels.lstm import lstm as lstm
from seqkit.kernels.minimal_gru import minimal_gru as minimal_gru
from seqkit.kernels.recurrence import Recurrence as Recurrence
from seqkit.kernels.simple_rnn import simple_rnn as simple_rnn

__all__ = [
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
]
