"""How the fixtures are written: JSON, numbers of tensors as base64 of their bytes (little-endian), so that none is rounded."""

import base64
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent.parent / "fixtures"


def tensor(values):
    """Shape and bytes of an array: floating-point numbers as float32, whole numbers as int32."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    array = np.asarray(values)
    kind = "float32" if array.dtype.kind == "f" else "int32"
    array = np.ascontiguousarray(array, dtype="<f4" if kind == "float32" else "<i4")
    return {"shape": list(array.shape), kind: base64.b64encode(array.tobytes()).decode()}


def normal(seed, *shape):
    """Standard normal numbers, the same on every machine, rounded to float32 so that both sides start from equal ones."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def uniform(seed, *shape):
    """The same, uniform in [0, 1)."""
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def save(name, packages, rows):
    """Writes fixtures/<name>.json: the versions it was made with, and the cases of each row of the table."""
    made = {"python": sys.version.split()[0], **{package: version(package) for package in packages}}
    text = json.dumps({"made": made, "rows": rows}, indent=1, allow_nan=False)
    path = FOLDER / f"{name}.json"
    path.write_text(text + "\n")
    print(f"{path.name}: {', '.join(rows)} ({len(text) / 1000:.0f} kB)")
