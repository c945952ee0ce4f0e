"""Writes <version>.json: a small CIFAR-10 batch, pickled by this Python and its NumPy in each protocol and order.

    python2 -m pip install numpy==1.16.6; python2 make.py
    python3 -m pip install numpy==2.4.6; python3 make.py

Ten images; pixel j of image i is (7 i + 31 j) mod 256, its label i.
"""
import base64
import json
import pickle
import sys
import zlib

import numpy as np

pixels = np.array(
    [[(i * 7 + j * 31) % 256 for j in range(3072)] for i in range(10)], dtype=np.uint8
)
made = {"python": sys.version.split()[0], "numpy": np.__version__, "pickles": {}}
for order in "CF":
    batch = {
        "batch_label": "a batch",
        "data": np.asarray(pixels, order=order),
        "labels": list(range(10)),
        "filenames": ["tipper_truck_s_%06d.png" % i for i in range(10)],
    }
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        packed = zlib.compress(pickle.dumps(batch, protocol), 9)
        made["pickles"]["protocol %d, order %s" % (protocol, order)] = base64.b64encode(packed).decode()
with open("python%d.json" % sys.version_info[0], "w") as file:
    json.dump(made, file, indent=2, sort_keys=True)
    file.write("\n")
