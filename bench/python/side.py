"""The Python side of a comparison: prepares one workload, then times it whenever it is told to.

    python side.py WORKLOAD '{"batch": 256}'

Standard output carries one JSON object a line: {"ready": {facts}} once the workload is warm, then for each number read
from standard input that many timings, {"milliseconds": [...], "peakMiB": ...}. It ends with its standard input.
"""

import importlib
import json
import os
import resource
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

MODULES = {
    "simclr-step": "simclr_step",
    "pipeline": "pipeline",
    "masked-language-step": "masked_language_step",
}


def say(message):
    print(json.dumps(message), flush=True)


def peak_mib():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main():
    workload, settings = sys.argv[1], json.loads(sys.argv[2])
    import tensorflow as tf

    run, facts = importlib.import_module(MODULES[workload]).prepare(**settings)
    say(
        {
            "ready": {
                "engine": f"Python {sys.version.split()[0]}, TensorFlow {tf.__version__}",
                **facts,
            }
        }
    )
    for line in sys.stdin:
        milliseconds = run(int(line))
        say({"milliseconds": milliseconds, "peakMiB": peak_mib()})


if __name__ == "__main__":
    main()
