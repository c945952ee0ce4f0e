"""Compiles a step as tf.function offers it, plainly and with XLA, and keeps whichever is faster here."""

import tensorflow as tf
from trials import fastest, warm_median


def fastest_function(step, arguments, compilers):
    """The compiled step and the name of what compiled it."""
    ways = {
        "tf.function": lambda: tf.function(step),
        "tf.function(jit_compile=True)": lambda: tf.function(step, jit_compile=True),
    }
    return fastest(
        {name: ways[name] for name in compilers},
        lambda compiled: warm_median(compiled, arguments),
        plain="tf.function",
        refusal=tf.errors.OpError,
    )
