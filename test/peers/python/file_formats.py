"""Python's safetensors reads what this library has written: fixtures/written-by-selfsup.safetensors, made by tools/peers.mjs."""

from safetensors import safe_open
from safetensors.numpy import load_file

from fixture import FOLDER, save, tensor

path = FOLDER / "written-by-selfsup.safetensors"
with safe_open(path, "np") as file:
    metadata = file.metadata()
arrays = load_file(path)
save(
    "file-formats",
    ["safetensors", "numpy"],
    {
        "encodeSafetensors": [
            {
                "file": path.name,
                "metadata": metadata,
                "tensors": {name: {"dtype": str(a.dtype), "shape": list(a.shape), "values": [repr(v.item()) for v in a.reshape(-1)]} for name, a in arrays.items()},
            }
        ]
    },
)
