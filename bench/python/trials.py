"""Tries the ways in which a library can run its work, and keeps whichever is fastest here."""

import statistics
import time

WARM_UP = 3
TIMED = 5


def time_step(step, arguments, count):
    """Milliseconds of each of `count` calls, with the loss read as a training loop reads it."""
    milliseconds = []
    for _ in range(count):
        started = time.perf_counter()
        float(step(*arguments))
        milliseconds.append(1e3 * (time.perf_counter() - started))
    return milliseconds


def warm_median(step, arguments):
    """Milliseconds of a call of a step that has been called before."""
    time_step(step, arguments, WARM_UP)
    return statistics.median(time_step(step, arguments, TIMED))


def fastest(candidates, measure, plain, refusal):
    """
    The best of `candidates`, functions by name that each prepare something, and the name of it with what the others took.
    `measure` says how many milliseconds what was prepared takes. A candidate that fails by the error `refusal` is passed over,
    for compilers lack some operations; the `plain` one must run, or there is nothing to compare with.
    """
    tried = {}
    for name, prepare in candidates.items():
        try:
            prepared = prepare()
            median = measure(prepared)
        except refusal as error:
            if name == plain:
                raise
            tried[name] = (float("inf"), None, type(error).__name__)
            continue
        tried[name] = (median, prepared, f"{median:.0f} ms")
    best = min(tried, key=lambda name: tried[name][0])
    others = ", ".join(f"{name} {tried[name][2]}" for name in tried if name != best)
    return tried[best][1], f"{best}{f' (tried: {others})' if others else ''}"
