"""Contrastive losses and cross entropies, in float64, with their gradients."""

import lightly.loss
import numpy as np
import torch
import torch.nn.functional as F
from transformers.loss.loss_utils import ForMaskedLMLoss
from transformers.models.clip.modeling_clip import clip_loss

from fixture import normal, save, tensor


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def with_gradients(case, loss, **leaves):
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    return {
        **case,
        **{name: tensor(value) for name, value in leaves.items()},
        "loss": loss.item(),
        "gradients": {name: tensor(g) for name, g in zip(leaves, gradients)},
    }


def nt_xent():
    """lightly's loss; sizes from the least to a small batch, lengths of 1e-6 to 1e6, equal rows, a collapsed batch."""
    cases = []
    grid = [(2, 1, 0.5, 1), (2, 3, 0.5, 1), (5, 8, 0.1, 1), (32, 16, 0.2, 1), (64, 32, 0.07, 1), (7, 5, 10, 1)]
    grid += [(6, 4, 0.5, 1e-6), (6, 4, 0.5, 1e6), (6, 4, 0.01, 1)]
    for n, d, temperature, scale in grid:
        z1, z2 = normal(n, n, d) * np.float32(scale), normal(n + 100, n, d) * np.float32(scale)
        cases.append(("random", z1, z2, temperature))
    cases.append(("collapsed", np.tile(normal(1, 1, 4), (6, 1)), np.tile(normal(1, 1, 4), (6, 1)), 0.5))
    cases.append(("identical views", normal(2, 6, 4), normal(2, 6, 4), 0.2))
    cases.append(("opposite views", normal(3, 6, 4), -normal(3, 6, 4), 0.2))
    rows = []
    for kind, z1, z2, temperature in cases:
        z1, z2 = leaf(z1), leaf(z2)
        loss = lightly.loss.NTXentLoss(temperature=temperature)(z1, z2)
        rows.append(with_gradients({"kind": kind, "temperature": temperature}, loss, z1=z1, z2=z2))
    return rows


def momentum_contrast():
    """lightly's NT-Xent with a memory bank, which is MoCo's loss: positives from the batch, negatives from the bank."""
    rows = []
    for n, d, k, temperature in [(1, 3, 1, 0.2), (4, 8, 16, 0.07), (16, 16, 64, 0.2), (5, 4, 7, 5)]:
        queries, positives, negatives = leaf(normal(n, n, d)), leaf(normal(n + 1, n, d)), normal(n + 2, k, d)
        loss_of = lightly.loss.NTXentLoss(temperature=temperature, memory_bank_size=(k, d))
        bank = F.normalize(torch.tensor(negatives, dtype=torch.float64), dim=1)
        loss_of.memory_bank.bank = bank.clone()
        loss = loss_of(queries, positives)
        case = {"temperature": temperature, "negatives": tensor(negatives)}
        rows.append(with_gradients(case, loss, queries=queries, positives=positives))
    return rows


def found_positives():
    """Whether the positive has the largest logit: argmax, as MoCo's accuracy; and among the rows of a batch."""
    contrastive, momentum = [], []
    for n, d in [(2, 2), (8, 3), (40, 6)]:
        z1 = normal(n, n, d)
        z2 = (z1 + 0.7 * normal(n + 1, n, d)).astype(np.float32)
        z = F.normalize(torch.tensor(np.concatenate([z1, z2]), dtype=torch.float64))
        logits = z @ z.T - 9 * torch.eye(2 * n)
        partner = torch.arange(2 * n).roll(n)
        accuracy = (logits.argmax(1) == partner).double().mean()
        contrastive.append({"z1": tensor(z1), "z2": tensor(z2), "accuracy": float(accuracy)})
        negatives = normal(n + 2, 10, d)
        q, p, k = (F.normalize(torch.tensor(x, dtype=torch.float64)) for x in (z1, z2, negatives))
        logits = torch.cat([(q * p).sum(1, keepdim=True), q @ k.T], 1)
        case = {"queries": tensor(z1), "positives": tensor(z2), "negatives": tensor(negatives)}
        momentum.append({**case, "accuracy": float((logits.argmax(1) == 0).double().mean())})
    return contrastive, momentum


def two_tower():
    """transformers' CLIP loss where all captions differ; torch's cross entropy with soft targets or masks where some repeat."""
    rows = []
    for n, d, temperature, captions, same in [
        (2, 3, 0.07, [0, 1], "negatives"),
        (16, 8, 0.07, list(range(16)), "positives"),
        (8, 8, 0.5, [0, 1, 2, 3, 0, 1, 0, 4], "negatives"),
        (8, 8, 0.5, [0, 1, 2, 3, 0, 1, 0, 4], "positives"),
        (8, 8, 0.07, [0, 1, 2, 3, 0, 1, 0, 4], "masked"),
        (6, 4, 0.01, [0, 0, 0, 0, 0, 0], "positives"),
    ]:
        images, texts = leaf(normal(n, n, d)), leaf(normal(n + 1, n, d))
        tau = leaf(np.float32(temperature))
        logits = F.normalize(texts) @ F.normalize(images).T / tau
        ids = torch.tensor(captions)
        equal = (ids[:, None] == ids[None, :]).double()
        itself = torch.eye(n, dtype=torch.float64)
        by_transformers = same == "negatives" or len(set(captions)) == n
        if by_transformers:
            loss = clip_loss(logits)
        else:
            if same == "masked":
                logits, equal = logits.masked_fill((equal - itself).bool(), -torch.inf), itself
            targets = equal / equal.sum(1, keepdim=True)
            if same == "masked":
                targets = torch.arange(n)
            loss = (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2
        case = {"sameCaption": same, "captions": tensor(ids.numpy()), "peer": "transformers" if by_transformers else "torch"}
        rows.append(with_gradients(case, loss, images=images, texts=texts, temperature=tau))
    return rows


def decoupled(z1, z2, temperature):
    """Equation 5 of the paper, one logarithm over all negatives; lightly's DCLLoss adds those of two sums."""
    n = z1.shape[0]
    z = F.normalize(torch.cat([z1, z2]))
    logits = z @ z.T / temperature
    partner = torch.arange(2 * n).roll(n)
    excluded = torch.eye(2 * n, dtype=torch.bool) | torch.eye(2 * n, dtype=torch.bool)[partner]
    positive = logits[torch.arange(2 * n), partner]
    return (logits.masked_fill(excluded, -torch.inf).logsumexp(1) - positive).mean()


def pair_losses():
    """Losses of two views, by name of this library's function, with its options."""
    options = {
        "barlowTwinsLoss": [({}, lightly.loss.BarlowTwinsLoss()), ({"redundancy": 0.5}, lightly.loss.BarlowTwinsLoss(lambda_param=0.5))],
        "vicRegLoss": [
            ({}, lightly.loss.VICRegLoss()),
            ({"invariance": 1, "variance": 2, "covariance": 30}, lightly.loss.VICRegLoss(lambda_param=1, mu_param=2, nu_param=30)),
        ],
        "negativeCosineSimilarity": [({}, lightly.loss.NegativeCosineSimilarity())],
        "decoupledContrastiveLoss": [({"temperature": t}, lambda a, b, t=t: decoupled(a, b, t)) for t in (0.1, 0.5)],
    }
    rows = {}
    for name, settings in options.items():
        rows[name] = []
        for setting, loss_of in settings:
            for n, d, scale in [(2, 3, 1), (8, 5, 1), (32, 16, 1), (12, 4, 1e-3), (12, 4, 100)]:
                z1 = leaf(normal(n, n, d) * np.float32(scale))
                z2 = leaf((normal(n, n, d) + np.float32(0.5) * normal(n + 1, n, d)) * np.float32(scale))
                rows[name].append(with_gradients({"options": setting}, loss_of(z1, z2), z1=z1, z2=z2))
    return rows


def masked_cross_entropy():
    """transformers' masked-language loss (label −100 where nothing is hidden), and torch's with weights of all sizes."""
    rows = []
    for n, t, v, scale in [(1, 1, 2, 1), (3, 5, 7, 1), (4, 16, 200, 3), (2, 3, 5, 1000)]:
        rng = np.random.default_rng(n)
        logits, targets = leaf(normal(n, n, t, v) * np.float32(scale)), rng.integers(0, v, (n, t))
        hidden = rng.random((n, t)) < 0.5
        hidden[0, 0] = True
        labels = torch.tensor(np.where(hidden, targets, -100))
        # transformers computes in float32, so torch's own function is called with its labels, in float64, and compared.
        by_torch = F.cross_entropy(logits.reshape(-1, v), labels.reshape(-1), ignore_index=-100)
        by_transformers = ForMaskedLMLoss(logits.float(), labels, v)
        assert abs(by_torch.item() - by_transformers.item()) < 1e-4 * max(1, by_torch.item())
        case = {"targets": tensor(targets), "weights": tensor(hidden.astype(np.float32)), "peer": "transformers"}
        rows.append(with_gradients(case, by_torch, logits=logits))
    for weight in (1e-6, 1e6):
        rng = np.random.default_rng(9)
        logits, targets = leaf(normal(9, 6, 4)), rng.integers(0, 4, 6)
        weights = (rng.random(6) * weight).astype(np.float32)
        each = F.cross_entropy(logits, torch.tensor(targets), reduction="none")
        w = torch.tensor(weights, dtype=torch.float64)
        case = {"targets": tensor(targets), "weights": tensor(weights), "peer": "torch"}
        rows.append(with_gradients(case, (each * w).sum() / w.sum(), logits=logits))
    return rows


def gradient_penalties():
    """Gradients of gradients: the squared length of the loss's gradient, differentiated again."""
    rows = []
    for name in ("ntXentLoss", "infoNceLoss", "twoTowerLoss"):
        a, b = leaf(normal(1, 6, 4)), leaf(normal(2, 6, 4))
        negatives = torch.tensor(normal(3, 9, 4), dtype=torch.float64)
        if name == "ntXentLoss":
            loss = lightly.loss.NTXentLoss(temperature=0.5)(a, b)
        elif name == "infoNceLoss":
            logits = torch.cat([(F.normalize(a) * F.normalize(b)).sum(1, keepdim=True), F.normalize(a) @ F.normalize(negatives).T], 1)
            loss = F.cross_entropy(logits / 0.5, torch.zeros(6, dtype=torch.long))
        else:
            loss = clip_loss(F.normalize(b) @ F.normalize(a).T / 0.5)
        (g,) = torch.autograd.grad(loss, a, create_graph=True)
        second = torch.autograd.grad((g * g).sum(), a)[0]
        rows.append({"loss": name, "a": tensor(a), "b": tensor(b), "negatives": tensor(negatives), "gradient": tensor(second)})
    return rows


contrastive, momentum = found_positives()
save(
    "losses",
    ["lightly", "torch", "transformers", "numpy"],
    {
        "ntXentLoss": nt_xent(),
        "infoNceLoss": momentum_contrast(),
        "contrastiveAccuracy": contrastive,
        "infoNceAccuracy": momentum,
        "twoTowerLoss": two_tower(),
        **pair_losses(),
        "maskedCrossEntropy": masked_cross_entropy(),
        "gradient penalty of a loss": gradient_penalties(),
    },
)
