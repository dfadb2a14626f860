"""Benchmarks, run by hand: each is one command, and its figures are ratios measured in one process, interleaved."""
