"""Runs a step eagerly and compiled by torch.compile, and keeps whichever is faster here."""

import torch
from trials import fastest, warm_median

BOTH = ["eager", "torch.compile"]


def fastest_way(prepare, compilers, measure):
    """
    What `prepare` makes and the name of how it runs. `prepare` is given what compiles a function; `measure` says how many
    milliseconds what it made takes.
    """
    # Shapes never change, so none is compiled a second time with open dimensions.
    ways = {
        "eager": lambda function: function,
        "torch.compile": lambda function: torch.compile(function, dynamic=False),
    }
    return fastest(
        {name: lambda name=name: prepare(ways[name]) for name in compilers},
        measure,
        plain="eager",
        # torch.compile needs a C++ compiler, and refuses some operations.
        refusal=RuntimeError,
    )


def fastest_step(training_step, arguments, compilers):
    """
    The step and the name of how it runs. `training_step` is given what compiles a function (its loss) and returns the step.
    """
    return fastest_way(training_step, compilers, lambda step: warm_median(step, arguments))
