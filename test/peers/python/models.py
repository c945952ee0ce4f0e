"""Losses of whole models in float64, with the gradients of all their weights: what is masked, foretold, and held constant."""

import lightly.loss
import numpy as np
import torch
import torch.nn.functional as F
from transformers import ViTMAEConfig, ViTMAEForPreTraining

from fixture import normal, save, tensor, uniform
from transformer import encoder_layer, positions_of, randomise, weights_of


def case_of(case, loss, leaves):
    """The weights, the loss, and the gradient of each weight."""
    gradients = torch.autograd.grad(loss, list(leaves.values()), retain_graph=True)
    return {
        **case,
        "weights": {name: tensor(weight) for name, weight in leaves.items()},
        "loss": loss.item(),
        "gradients": {name: tensor(gradient) for name, gradient in zip(leaves, gradients)},
    }


class Autoencoder(torch.nn.Module):
    """The paper's encoder and decoder of torch's layers, without a class token; 3 heads, hidden layers twice as wide."""

    def __init__(self, patch_length, dim, blocks, decoder_dim, decoder_blocks):
        super().__init__()
        self.embedding = torch.nn.Linear(patch_length, dim)
        self.blocks = torch.nn.ModuleList(encoder_layer(dim, 3, 2 * dim) for _ in range(blocks))
        self.norm = torch.nn.LayerNorm(dim, eps=1e-6)
        self.decoder_input = torch.nn.Linear(dim, decoder_dim)
        self.mask_token = torch.nn.Parameter(torch.zeros(decoder_dim))
        self.decoder_norm = torch.nn.LayerNorm(decoder_dim, eps=1e-6)
        self.pixels = torch.nn.Linear(decoder_dim, patch_length)
        self.decoder_blocks = torch.nn.ModuleList(encoder_layer(decoder_dim, 3, 2 * decoder_dim) for _ in range(decoder_blocks))

    def forward(self, patches, hidden):
        n, t, _ = patches.shape
        side = round(t**0.5)
        visible = hidden == 0
        x = self.embedding(patches)
        x = x + torch.tensor(positions_of(side, x.shape[2]))
        x = x[visible].reshape(n, -1, x.shape[2])
        for block in self.blocks:
            x = block(x)
        seen = self.decoder_input(self.norm(x))
        y = self.mask_token.expand(n, t, -1).clone()
        y[visible] = seen.reshape(-1, seen.shape[2])
        y = y + torch.tensor(positions_of(side, y.shape[2]))
        for block in self.decoder_blocks:
            y = block(y)
        return self.pixels(self.decoder_norm(y))

    def leaves(self):
        """All weights in the order of this library's."""
        def dense(name, layer):
            return {f"{name}Kernel": layer.weight, f"{name}Bias": layer.bias}

        def norm(name, layer):
            return {f"{name}Scale": layer.weight, f"{name}Offset": layer.bias}

        def blocks(part, layers):
            return {f"{part} block {i + 1} {name}": weight for i, layer in enumerate(layers) for name, weight in weights_of(layer).items()}

        return {
            **dense("embedding", self.embedding), **blocks("encoder", self.blocks), **norm("norm", self.norm),
            **dense("input", self.decoder_input), "maskToken": self.mask_token, **norm("decoderNorm", self.decoder_norm),
            **dense("pixel", self.pixels), **blocks("decoder", self.decoder_blocks),
        }


def masked_autoencoder():
    """transformers' forward_loss. Its patches are normalised by a variance divided by n − 1; the paper's deviation, and ours, is that of all pixels."""
    rows = []
    for n, side, size, dim, blocks, decoder_dim, decoder_blocks, visible, normalised in [
        (2, 8, 2, 12, 1, 12, 1, 4, False),
        (2, 8, 2, 12, 1, 12, 1, 4, True),
        (3, 8, 2, 12, 2, 24, 1, 12, False),
        (1, 6, 3, 24, 1, 12, 2, 1, True),
        (4, 4, 1, 12, 1, 12, 1, 8, False),
    ]:
        config = ViTMAEConfig(
            image_size=side, patch_size=size, num_channels=3, norm_pix_loss=normalised, hidden_size=12, num_hidden_layers=1, num_attention_heads=3,
            intermediate_size=12, decoder_hidden_size=12, decoder_num_hidden_layers=1, decoder_num_attention_heads=3, decoder_intermediate_size=12,
        )
        peer = ViTMAEForPreTraining(config)
        model = randomise(Autoencoder(3 * size * size, dim, blocks, decoder_dim, decoder_blocks), 10 * dim + n)
        images = uniform(n + side, n, side, side, 3)
        pictures = torch.tensor(images, dtype=torch.float64).permute(0, 3, 1, 2)
        patches = peer.patchify(pictures)
        order = np.random.default_rng(n).permuted(np.tile(np.arange(patches.shape[1]), (n, 1)), axis=1)
        hidden = torch.tensor((order >= visible).astype(np.float64))
        guesses = model(patches, hidden)
        loss = peer.forward_loss(pictures, guesses, hidden)
        if normalised:
            def by_formula(correction):
                variance = patches.var(-1, keepdim=True, correction=correction)
                targets = (patches - patches.mean(-1, keepdim=True)) / (variance + 1e-6).sqrt()
                return (((guesses - targets) ** 2).mean(-1) * hidden).sum() / hidden.sum()

            assert abs(by_formula(1).item() - loss.item()) < 1e-12 * loss.item()
            loss = by_formula(0)
        sizes = {"patchSize": size, "dim": dim, "blocks": blocks, "decoderDim": decoder_dim, "decoderBlocks": decoder_blocks}
        case = {**sizes, "normaliseTargets": normalised, "images": tensor(images), "hidden": tensor(hidden.float())}
        rows.append(case_of(case, loss, model.leaves()))
    return rows


def networks(seed, sizes):
    """A dense layer for each two sizes, with tanh after all but the last; the weights by this library's names."""
    leaves = {}
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        for offset, (name, shape) in enumerate([("Kernel", (outputs, inputs)), ("Bias", (outputs,))]):
            values = normal(seed + 2 * i + offset, *shape) * np.float32(0.5)
            leaves[f"{i} {name}"] = torch.tensor(values, dtype=torch.float64, requires_grad=True)

    def forward(x):
        for i in range(len(sizes) - 1):
            x = F.linear(x, leaves[f"{i} Kernel"], leaves[f"{i} Bias"])
            if i < len(sizes) - 2:
                x = x.tanh()
        return x

    return forward, leaves


def named(**parts):
    return {f"{part} {name}": weight for part, leaves in parts.items() for name, weight in leaves.items()}


def predictive(loss_of):
    """Two views through encoder, head and predictor of small dense layers; `loss_of(views, projections, predictions, targets)`."""
    rows = []
    for n, side, sizes in [(2, 2, (5, 4, 3)), (8, 4, (8, 6, 4)), (24, 3, (16, 8, 2))]:
        features, projected, hidden = sizes
        views = [uniform(n + k, n, side, side, 3) for k in (1, 2)]
        flat = [torch.tensor(view, dtype=torch.float64).flatten(1) for view in views]
        encode, of_encoder = networks(n, (3 * side * side, features, features))
        project, of_head = networks(n + 10, (features, projected))
        predict, of_predictor = networks(n + 20, (projected, hidden, projected))
        projections = [project(encode(view)) for view in flat]
        predictions = [predict(projection) for projection in projections]
        leaves = named(encoder=of_encoder, head=of_head, predictor=of_predictor)
        for case, loss in loss_of(n, sizes, flat, projections, predictions):
            rows.append(case_of({**case, "view1": tensor(views[0]), "view2": tensor(views[1])}, loss, leaves))
    return rows


def sim_siam():
    """The paper's Algorithm 1 with lightly's D, with and without its stop-gradient."""
    distance = lightly.loss.NegativeCosineSimilarity()

    def loss_of(_n, _sizes, _views, z, p):
        for stop in (True, False):
            t1, t2 = (one.detach() if stop else one for one in z)
            yield {"stopGradient": stop}, (distance(p[0], t2) + distance(p[1], t1)) / 2

    return predictive(lambda *given: list(loss_of(*given)))


def byol():
    """Equations 2 and 3 of the paper, and lightly's D; the targets come from a second network with weights of its own."""
    distance = lightly.loss.NegativeCosineSimilarity()

    def loss_of(n, sizes, views, _z, p):
        encode, of_encoder = networks(n + 50, (views[0].shape[1], sizes[0], sizes[0]))
        project, of_head = networks(n + 60, sizes[:2])
        t1, t2 = (project(encode(view)).detach() for view in views)
        error = lambda a, b: (F.normalize(a) - F.normalize(b)).square().sum(1).mean()
        loss = error(p[0], t2) + error(p[1], t1)
        by_lightly = 4 + 2 * (distance(p[0], t2) + distance(p[1], t1))
        assert abs(loss.item() - by_lightly.item()) < 1e-9
        target = named(encoder=of_encoder, head=of_head)
        return [({"target": {name: tensor(weight) for name, weight in target.items()}}, loss)]

    return predictive(loss_of)


if __name__ == "__main__":
    rows = {"MaskedAutoencoder.loss": masked_autoencoder(), "SimSiam.loss": sim_siam(), "Byol.loss": byol()}
    save("models", ["lightly", "torch", "transformers", "numpy"], rows)
