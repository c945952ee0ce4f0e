"""The Python side of t-sne.ts: scikit-learn's t-SNE of the given features, and its verdict on our map of them.

    python t_sne.py '{"features": "features.f32", "shape": [1000, 128], "positions": "positions.f32", "perplexity": 30,
                      "seed": 1, "neighbours": 10}'

Prints one JSON object: seconds of fit_transform, and the trustworthiness of both maps as scikit-learn computes it.
"""

import json
import sys
import time

import numpy as np
import sklearn
from sklearn.manifold import TSNE, trustworthiness


def main():
    task = json.loads(sys.argv[1])
    features = np.fromfile(task["features"], dtype=np.float32).reshape(task["shape"])
    ours = np.fromfile(task["positions"], dtype=np.float32).reshape(-1, 2)
    # A first, small run loads and starts whatever is loaded and started once.
    TSNE(perplexity=5, max_iter=250).fit_transform(features[:50])

    start = time.perf_counter()
    theirs = TSNE(perplexity=task["perplexity"], random_state=task["seed"]).fit_transform(features)
    seconds = time.perf_counter() - start

    judge = lambda positions: trustworthiness(features, positions, n_neighbors=task["neighbours"])
    print(
        json.dumps(
            {
                "version": sklearn.__version__,
                "seconds": seconds,
                "theirs": judge(theirs),
                "ours": judge(ours),
            }
        )
    )


if __name__ == "__main__":
    main()
