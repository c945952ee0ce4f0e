"""Runs a step eagerly and compiled by torch.compile, and keeps whichever is faster here."""

import statistics
import time

import torch

WARM_UP = 3
TIMED = 5
BOTH = ["eager", "torch.compile"]


def time_step(step, arguments, count):
    """Milliseconds of each of `count` calls, with the loss read as a training loop reads it."""
    milliseconds = []
    for _ in range(count):
        started = time.perf_counter()
        step(*arguments).item()
        milliseconds.append(1e3 * (time.perf_counter() - started))
    return milliseconds


def compilers_by_name(names):
    """What turns a function into one that is compiled so."""
    # Shapes never change, so none is compiled a second time with open dimensions.
    candidates = {
        "eager": lambda function: function,
        "torch.compile": lambda function: torch.compile(function, dynamic=False),
    }
    return {name: candidates[name] for name in names}


def fastest(candidates, measure):
    """
    The best of `candidates`, functions by name that each prepare something, and the name of it with what the others took.
    `measure` says how many milliseconds what was prepared takes.
    """
    tried = {}
    for name, prepare in candidates.items():
        try:
            prepared = prepare()
            median = measure(prepared)
        except RuntimeError as error:
            # torch.compile needs a C++ compiler, and refuses some operations; eagerly everything must run.
            if "torch.compile" not in name:
                raise
            tried[name] = (float("inf"), None, type(error).__name__)
            continue
        tried[name] = (median, prepared, f"{median:.0f} ms")
    best = min(tried, key=lambda name: tried[name][0])
    others = ", ".join(f"{name} {tried[name][2]}" for name in tried if name != best)
    return tried[best][1], f"{best}{f' (tried: {others})' if others else ''}"


def fastest_step(training_step, arguments, compilers):
    """
    The step and the name of how it runs. `training_step` is given what compiles a function (its loss) and returns the step.
    """

    def median(step):
        time_step(step, arguments, WARM_UP)
        return statistics.median(time_step(step, arguments, TIMED))

    candidates = {
        name: lambda compiler=compiler: training_step(compiler)
        for name, compiler in compilers_by_name(compilers).items()
    }
    return fastest(candidates, median)
