"""Attention, a block of a Transformer and positions, in float64, with their gradients."""

import numpy as np
import torch
from transformers.models.vit_mae.modeling_vit_mae import get_2d_sincos_pos_embed

from fixture import normal, save, tensor

# (images, tokens, numbers for each token, heads, hidden units)
SIZES = [(1, 1, 4, 1, 4), (2, 5, 6, 3, 10), (3, 16, 24, 4, 48)]


def with_gradients(module, x, outputs, weights):
    """Outputs, and the gradients of the sum of their squares."""
    leaves = [x, *weights.values()]
    gradients = torch.autograd.grad(outputs.square().sum(), leaves)
    return {
        "outputs": tensor(outputs),
        "gradients": {name: tensor(g) for name, g in zip(["x", *weights], gradients)},
    }


def randomise(module, seed):
    with torch.no_grad():
        for index, parameter in enumerate(module.parameters()):
            parameter.copy_(torch.tensor(normal(seed + index, *parameter.shape) * np.float32(0.5)))
    return module.double()


def attention():
    rows = []
    for padded in (False, True):
        for n, t, d, heads, _ in SIZES:
            module = randomise(torch.nn.MultiheadAttention(d, heads, batch_first=True), d)
            x = torch.tensor(normal(t, n, t, d), dtype=torch.float64, requires_grad=True)
            # The first token is always there; of the others, every second image has the first half.
            mask = np.ones((n, t), dtype=np.int32)
            if padded:
                mask[::2, (t + 1) // 2 :] = 0
            missing = torch.tensor(mask == 0)
            outputs, looks = module(x, x, x, key_padding_mask=missing, average_attn_weights=False)
            weights = {
                "inputKernel": module.in_proj_weight,
                "inputBias": module.in_proj_bias,
                "outputKernel": module.out_proj.weight,
                "outputBias": module.out_proj.bias,
            }
            case = {"heads": heads, "mask": tensor(mask), "x": tensor(x), "attention": tensor(looks)}
            case["weights"] = {name: tensor(weight) for name, weight in weights.items()}
            rows.append({**case, **with_gradients(module, x, outputs, weights)})
    return rows


def encoder_layer(d, heads, hidden):
    return torch.nn.TransformerEncoderLayer(
        d, heads, hidden, dropout=0, activation="gelu", batch_first=True, norm_first=True, layer_norm_eps=1e-6
    )


def weights_of(module):
    """The weights of such a layer by this library's names, in this library's order."""
    return {
        "attentionScale": module.norm1.weight,
        "attentionOffset": module.norm1.bias,
        "inputKernel": module.self_attn.in_proj_weight,
        "inputBias": module.self_attn.in_proj_bias,
        "outputKernel": module.self_attn.out_proj.weight,
        "outputBias": module.self_attn.out_proj.bias,
        "hiddenScale": module.norm2.weight,
        "hiddenOffset": module.norm2.bias,
        "hiddenKernel": module.linear1.weight,
        "hiddenBias": module.linear1.bias,
        "finalKernel": module.linear2.weight,
        "finalBias": module.linear2.bias,
    }


def block():
    rows = []
    for n, t, d, heads, hidden in SIZES:
        module = randomise(encoder_layer(d, heads, hidden), d + 50)
        x = torch.tensor(normal(t + 1, n, t, d), dtype=torch.float64, requires_grad=True)
        weights = weights_of(module)
        case = {"heads": heads, "x": tensor(x)}
        case["weights"] = {name: tensor(weight) for name, weight in weights.items()}
        rows.append({**case, **with_gradients(module, x, module(x), weights)})
    return rows


def layer_normalization():
    rows = []
    for scale, offset in [(1, 0), (1e-2, 0), (1e3, 50)]:
        module = randomise(torch.nn.LayerNorm(12, eps=1e-6), 7)
        x = torch.tensor(normal(8, 5, 12) * np.float32(scale) + np.float32(offset))
        x = x.double().requires_grad_()
        weights = {"scale": module.weight, "offset": module.bias}
        case = {"x": tensor(x), "weights": {name: tensor(weight) for name, weight in weights.items()}}
        rows.append({**case, **with_gradients(module, x, module(x), weights)})
    return rows


def positions_of(side, dim):
    """The published code gives the column first and the row second; the first half of ours tells the row."""
    found = np.asarray(get_2d_sincos_pos_embed(dim, side))
    return np.roll(found, dim // 2, 1).astype(np.float64)


def positions():
    return [
        {"side": side, "dim": dim, "positions": tensor(positions_of(side, dim))}
        for side, dim in [(2, 4), (4, 16), (8, 48)]
    ]


if __name__ == "__main__":
    rows = {
        "multiHeadAttention": attention(),
        "transformerBlock": block(),
        "layerNormalization": layer_normalization(),
        "sinePositions": positions(),
    }
    save("transformer", ["torch", "transformers", "numpy"], rows)
