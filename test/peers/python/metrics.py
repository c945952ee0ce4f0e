"""Measures of features: scikit-learn's, torchmetrics', lightly's, SciPy's, and the formulas of the papers in float64."""

import lightly.utils.debug
import numpy as np
import torch
import torch.nn.functional as F
from lightly.utils.benchmarking.knn import knn_predict
from scipy.stats import hypergeom
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import trustworthiness
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.preprocessing import StandardScaler
from torchmetrics.functional.retrieval import retrieval_hit_rate
from torchmetrics.functional.text import perplexity

from fixture import normal, save, tensor


def clusters(seed, n, d, classes, spread):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((classes, d))
    labels = rng.integers(0, classes, n)
    labels[:classes] = np.arange(classes)
    return (centres[labels] + spread * rng.standard_normal((n, d))).astype(np.float32), labels


def nearest():
    neighbours, accuracies = [], []
    for n, m, d, classes, k, temperature, offset in [
        (20, 50, 4, 3, 1, 0.07, 0), (40, 120, 8, 5, 20, 0.07, 0), (40, 120, 8, 5, 200, 0.5, 0), (30, 60, 6, 4, 1, 0.1, 1000),
    ]:
        features, labels = clusters(n + k, n + m, d, classes, 1.2)
        features = (features + np.float32(offset)).astype(np.float32)
        test, train = features[:n], features[n:]
        y, bank = labels[:n], labels[n:]
        k = min(k, m)
        f, g = (F.normalize(torch.tensor(x, dtype=torch.float64)) for x in (test, train))
        found = NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute").fit(train.astype(np.float64))
        distances, indices = found.kneighbors(test.astype(np.float64))
        case = {"queries": tensor(test), "database": tensor(train), "k": k}
        neighbours.append({**case, "indices": tensor(indices), "similarities": tensor(1 - distances)})
        votes = lambda d: np.exp((1 - d - (1 - d).max(1, keepdims=True)) / temperature)
        by_sklearn = KNeighborsClassifier(k, metric="cosine", algorithm="brute", weights=votes).fit(train.astype(np.float64), bank)
        accuracy = by_sklearn.score(test.astype(np.float64), y)
        shares = np.sort(by_sklearn.predict_proba(test.astype(np.float64)), 1)
        print(f"kNN: least margin of a vote {(shares[:, -1] - shares[:, -2]).min():.1e}")
        if offset == 0:
            by_lightly = knn_predict(f, g.T, torch.tensor(bank), classes, k, temperature)[:, 0]
            assert accuracy == float((by_lightly.numpy() == y).mean())
        accuracies.append({**case, "temperature": temperature, "trainLabels": tensor(bank), "testLabels": tensor(y), "accuracy": accuracy})
    return neighbours, accuracies


def probes():
    """λ is scikit-learn's 1 / (n C), with two classes 2 / (n C). Cases whose decisions do not hang on rounding."""
    rows = []
    for seed, n, d, classes, strength, standardise, scale in [
        (1, 90, 5, 3, 1e-2, True, 1), (2, 120, 8, 2, 1e-1, True, 1), (3, 120, 8, 2, 1e-3, False, 1), (4, 200, 16, 10, 1e-2, True, 1e-6), (5, 60, 4, 3, 1e-3, True, 1e6),
    ]:
        features, labels = clusters(seed, 2 * n, d, classes, 1.5)
        features = (features * np.float32(scale)).astype(np.float32)
        train, test = features[:n].astype(np.float64), features[n:].astype(np.float64)
        if standardise:
            scaler = StandardScaler().fit(train)
            train, test = scaler.transform(train), scaler.transform(test)
        c = (2 if classes == 2 else 1) / (n * strength)
        model = LogisticRegression(C=c, tol=1e-10, max_iter=10000).fit(train, labels[:n])
        scores = np.sort(np.column_stack([np.zeros(2 * n), model.decision_function(np.concatenate([train, test]))]) if classes == 2 else model.decision_function(np.concatenate([train, test])), 1)
        margin = (scores[:, -1] - scores[:, -2]).min()
        print(f"linear probe: least margin {margin:.4f}, iterations {model.n_iter_}")
        rows.append({
            "strength": strength, "standardise": standardise, "features": tensor(features), "labels": tensor(labels), "n": n,
            "train": model.score(train, labels[:n]), "validation": model.score(test, labels[n:]),
        })
    return rows


def spectra():
    ranks, deviations, alignments, uniformities = [], [], [], []
    decaying = normal(5, 60, 20) * (np.arange(1, 21) ** -2.0).astype(np.float32)
    for z in (normal(1, 4, 3), normal(2, 40, 16), normal(3, 10, 30), normal(4, 100, 12) + np.float32(200), decaying, np.array([[5001, 5000], [4999, 5000], [5000, 5001], [5000, 4999]], np.float32), normal(6, 30, 4) * np.float32(1e-6)):
        centred = z.astype(np.float64) - z.astype(np.float64).mean(0)
        sigma = np.linalg.svd(centred, compute_uv=False)
        sigma = sigma[sigma > 1e-12 * sigma[0]]
        share = sigma / sigma.sum()
        ranks.append({"z": tensor(z), "rank": float(np.exp(-(share * np.log(share)).sum()))})
    for z1, noise in [(normal(7, 5, 3), 0.1), (normal(8, 64, 16), 0.5), (normal(9, 20, 8) * np.float32(1e-6), 1e-7)]:
        z2 = (z1 + np.float32(noise) * normal(10, *z1.shape)).astype(np.float32)
        a, b = (F.normalize(torch.tensor(z, dtype=torch.float64), eps=0) for z in (z1, z2))
        n, d = z1.shape
        mean = lightly.utils.debug.std_of_l2_normalized(torch.tensor(z1, dtype=torch.float64))
        deviations.append({"z": tensor(z1), "mean": float(mean)})
        for power in (1, 2):
            alignments.append({"z1": tensor(z1), "z2": tensor(z2), "power": power, "value": float((a - b).norm(p=2, dim=1).pow(power).mean())})
        for t in (2, 0.5):
            uniformities.append({"z": tensor(z1), "t": t, "value": float(torch.pdist(a, p=2).pow(2).mul(-t).exp().mean().log())})
    return ranks, deviations, alignments, uniformities


def trusted():
    rows = []
    for n, d, k, scale in [(12, 3, 2, 1), (80, 10, 5, 1), (100, 5, 12, 1), (60, 4, 5, 1e-6)]:
        x = normal(n, n, d) * np.float32(scale)
        positions = (x[:, :2] + np.float32(0.5 * scale) * normal(n + 1, n, 2)).astype(np.float32)
        value = trustworthiness(x.astype(np.float64), positions.astype(np.float64), n_neighbors=k)
        rows.append({"features": tensor(x), "positions": tensor(positions), "neighbours": k, "value": float(value)})
    far = np.concatenate([normal(1, 30, 2) * np.float32(0.1), normal(2, 30, 2) * np.float32(0.1) + np.float32(2000)]).astype(np.float32)
    rows.append({"features": tensor(far), "positions": tensor(far), "neighbours": 5, "value": float(trustworthiness(far.astype(np.float64), far.astype(np.float64), n_neighbors=5))})
    return rows


def retrieved():
    rows, chances = [], []
    for n, m, d, classes in [(10, 10, 4, 10), (30, 80, 6, 12)]:
        rng = np.random.default_rng(n)
        queries, candidates = normal(n, n, d), normal(n + 1, m, d)
        asked, given = rng.integers(0, classes, n), rng.integers(0, classes, m)
        given[:classes] = np.arange(classes)
        cosines = F.normalize(torch.tensor(queries, dtype=torch.float64)) @ F.normalize(torch.tensor(candidates, dtype=torch.float64)).T
        right = torch.tensor(asked[:, None] == given[None, :])
        recall = {str(k): float(np.mean([retrieval_hit_rate(cosines[i], right[i], top_k=k) for i in range(n)])) for k in (1, 3, 10)}
        rows.append({"queries": tensor(queries), "candidates": tensor(candidates), "queryLabels": tensor(asked), "candidateLabels": tensor(given), "recall": recall})
        for k in (1, 5):
            chance = np.mean([1 - hypergeom.pmf(0, m, int((given == label).sum()), k) for label in asked])
            chances.append({"queryLabels": tensor(asked), "candidateLabels": tensor(given), "k": k, "chance": float(chance)})
    return rows, chances


def confusions():
    rng = np.random.default_rng(3)
    truth, predicted = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    precision, recall, _, _ = precision_recall_fscore_support(truth, predicted)
    return [{
        "truth": tensor(truth), "predicted": tensor(predicted), "counts": tensor(confusion_matrix(truth, predicted)),
        "precision": precision.tolist(), "recall": recall.tolist(), "balanced": float(balanced_accuracy_score(truth, predicted)),
    }]


def masked_words():
    scores, targets = normal(1, 3, 8, 50), np.random.default_rng(1).integers(0, 50, (3, 8))
    logits = torch.tensor(scores, dtype=torch.float64)
    right = torch.tensor(targets)
    top = logits.topk(5, dim=-1).indices == right[..., None]
    return [{
        "scores": tensor(scores), "targets": tensor(targets), "perplexity": float(perplexity(logits.softmax(-1).log(), right)),
        "crossEntropy": float(F.cross_entropy(logits.reshape(-1, 50), right.reshape(-1))),
        "top1": float(top[..., 0].double().mean()), "top5": float(top.any(-1).double().mean()),
    }]


def words():
    """Token numbers from 3 on are words; 0 is padding, 1 and 2 are special. The last sentences hold no word, and one many times."""
    tokens = np.random.default_rng(4).integers(3, 20, (12, 9))
    tokens[:, 6:] = 0
    tokens[-2], tokens[-1] = 0, 7
    texts = [" ".join(f"w{number}" for number in row if number > 2) for row in tokens]
    vectorizer = CountVectorizer(vocabulary=[f"w{number}" for number in range(20)])
    counts = vectorizer.fit_transform(texts)
    features = TfidfTransformer().fit_transform(counts)
    counts = counts.toarray()
    return [{"tokens": tensor(tokens), "counts": tensor(counts)}], [{"tokens": tensor(tokens), "features": tensor(features.toarray())}]


def zero_shot():
    sentences, images = normal(2, 5, 7, 6), normal(3, 20, 6)
    each = F.normalize(torch.tensor(sentences, dtype=torch.float64), dim=-1)
    weights = F.normalize(each.mean(1), dim=-1)
    classes = (F.normalize(torch.tensor(images, dtype=torch.float64)) @ weights.T).argmax(1)
    return [{"sentences": tensor(sentences), "images": tensor(images), "weights": tensor(weights), "classes": tensor(classes)}]


neighbours, accuracies = nearest()
ranks, deviations, alignments, uniformities = spectra()
recalls, chances = retrieved()
word_counts, weighted_words = words()
seeds = [0.5, 0.25, 0.75, 0.3]
save(
    "metrics",
    ["scikit-learn", "scipy", "torchmetrics", "lightly", "torch", "numpy"],
    {
        "nearestNeighbours": neighbours,
        "knnAccuracy": accuracies,
        "linearProbe": probes(),
        "effectiveRank": ranks,
        "perDimensionDeviation": deviations,
        "alignment": alignments,
        "uniformity": uniformities,
        "trustworthiness": trusted(),
        "retrievalRanks and recallAtK": recalls,
        "chanceRecallAtK": chances,
        "confusionMatrix": confusions(),
        "maskedWordMetrics": masked_words(),
        "zeroShotWeights and zeroShotClasses": zero_shot(),
        "bagOfWords": word_counts,
        "TfIdf": weighted_words,
        "SeedSummary": [{"values": seeds, "mean": float(np.mean(seeds)), "deviation": float(np.std(seeds, ddof=1))}],
    },
)
