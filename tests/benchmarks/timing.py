"""Fair timing of several ways to do one thing: in one process, in turn, so that what else the machine does hits all."""

import statistics
import time


def interleaved(ways, rounds=12, warm_up=2):
    """Times each of `ways` (name -> function without arguments) `rounds` times, in turn.

    Returns:
        For each name its minimum and its median, in seconds.
    """
    for call in ways.values():
        for _ in range(warm_up):
            call()
    seconds = {name: [] for name in ways}
    for _ in range(rounds):
        for name, call in ways.items():
            call()  # untimed: the threads of the way before come to rest, and caches fill
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: (min(found), statistics.median(found)) for name, found in seconds.items()}
