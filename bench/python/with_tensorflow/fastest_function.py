"""Compiles a step as tf.function offers it, plainly and with XLA, and keeps whichever is faster here."""

import statistics
import time

import tensorflow as tf

WARM_UP = 3
TIMED = 5


def time_step(step, arguments, count):
    """Milliseconds of each of `count` calls, with the loss read as a training loop reads it."""
    milliseconds = []
    for _ in range(count):
        started = time.perf_counter()
        step(*arguments).numpy()
        milliseconds.append(1e3 * (time.perf_counter() - started))
    return milliseconds


def fastest_function(step, arguments, compilers):
    """The compiled step and the name of what compiled it."""
    candidates = {
        "tf.function": lambda: tf.function(step),
        "tf.function(jit_compile=True)": lambda: tf.function(step, jit_compile=True),
    }
    tried = {}
    for name in compilers:
        compiled = candidates[name]()
        try:
            time_step(compiled, arguments, WARM_UP)
            median = statistics.median(time_step(compiled, arguments, TIMED))
        except tf.errors.OpError as error:
            # XLA lacks some operations; without a plain tf.function there is nothing to compare with.
            if name == "tf.function":
                raise
            tried[name] = (float("inf"), compiled, type(error).__name__)
            continue
        tried[name] = (median, compiled, f"{median:.0f} ms")
    best = min(tried, key=lambda name: tried[name][0])
    others = ", ".join(f"{name} {tried[name][2]}" for name in tried if name != best)
    return tried[best][1], f"{best}{f' (tried: {others})' if others else ''}"
