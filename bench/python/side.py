"""The Python side of a comparison: prepares one workload, then times it whenever it is told to.

    python side.py LIBRARY WORKLOAD '{"batch": 256}'

LIBRARY is tensorflow or pytorch; the workload's module lies in with_LIBRARY/. Standard output carries one JSON object a line:
{"ready": {facts}} once the workload is warm, then for each number read from standard input that many timings,
{"milliseconds": [...], "peakMiB": ...}. It ends with its standard input.
"""

import importlib
import json
import os
import resource
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Measuring leaves nothing in the repository.
sys.dont_write_bytecode = True

PACKAGES = {"tensorflow": ("TensorFlow", "tensorflow"), "pytorch": ("PyTorch", "torch")}

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
    library, workload, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    name, package = PACKAGES[library]
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), f"with_{library}"))
    version = importlib.import_module(package).__version__

    run, facts = importlib.import_module(MODULES[workload]).prepare(**settings)
    say({"ready": {"engine": f"Python {sys.version.split()[0]}, {name} {version}", **facts}})
    for line in sys.stdin:
        milliseconds = run(int(line))
        say({"milliseconds": milliseconds, "peakMiB": peak_mib()})


if __name__ == "__main__":
    main()
