"""Recurrent layers, normalization, pooling, and first and second gradients of single operations, of torch and Keras."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fixture import normal, save, tensor


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def lstm(bidirectional):
    """The biases of torch's two products are one here. Lengths None, or of each sequence. Compared: the sum of outputs · o + hidden · h + cell · c."""
    rows = []
    for n, t, d, units, lengths, scale in [
        (1, 1, 1, 1, None, 1), (3, 7, 4, 5, None, 1), (4, 6, 3, 2, [6, 1, 4, 3], 1), (2, 40, 3, 4, None, 1), (2, 5, 3, 4, None, 30),
    ]:
        layer = torch.nn.LSTM(d, units, batch_first=True, bidirectional=bidirectional).double()
        parameters = dict(layer.named_parameters())
        for seed, (name, p) in enumerate(sorted(parameters.items())):
            with torch.no_grad():
                value = normal(seed, *p.shape) * np.float32(0.5)
                p.copy_(torch.tensor(np.zeros_like(value) if "bias_hh" in name else value))
        x = leaf(normal(n + t, n, t, d) * np.float32(scale))
        directions = ["", "_reverse"] if bidirectional else [""]
        if lengths is None:
            outputs, (hidden, cell) = layer(x)
        else:
            packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
            outputs, (hidden, cell) = layer(packed)
            outputs, _ = pad_packed_sequence(outputs, batch_first=True, total_length=t)
        hidden, cell = (torch.cat(list(state), 1) for state in (hidden, cell))
        upstream = {name: normal(seed, *value.shape) for seed, (name, value) in enumerate([("outputs", outputs), ("hidden", hidden), ("cell", cell)], 20)}
        total = sum((value * torch.tensor(upstream[name], dtype=torch.float64)).sum() for name, value in [("outputs", outputs), ("hidden", hidden), ("cell", cell)])
        names = [f"{kind}_l0{direction}" for direction in directions for kind in ("weight_ih", "weight_hh", "bias_ih")]
        found = torch.autograd.grad(total, [x] + [parameters[name] for name in names])
        weights = [{"kernel": tensor(parameters[f"weight_ih_l0{s}"].T.contiguous()), "recurrentKernel": tensor(parameters[f"weight_hh_l0{s}"].T.contiguous()), "bias": tensor(parameters[f"bias_ih_l0{s}"])} for s in directions]
        gradients = [{"kernel": tensor(found[1 + 3 * i].T.contiguous()), "recurrentKernel": tensor(found[2 + 3 * i].T.contiguous()), "bias": tensor(found[3 + 3 * i])} for i in range(len(directions))]
        rows.append({
            "peer": "torch", "x": tensor(x), "lengths": None if lengths is None else tensor(np.array(lengths)), "weights": weights,
            "outputs": tensor(outputs), "hidden": tensor(hidden), "cell": tensor(cell),
            "upstream": {name: tensor(value) for name, value in upstream.items()}, "gradients": {"x": tensor(found[0]), "weights": gradients},
        })
    return rows


def keras_lstm():
    """Keras's layer with the same weights, in float32, forwards and backwards."""
    rows = []
    for backwards in (False, True):
        layer = keras.layers.LSTM(5, return_sequences=True, return_state=True, go_backwards=backwards)
        x = normal(3, 3, 7, 4)
        layer.build(x.shape)
        weights = [normal(30, 4, 20) * np.float32(0.5), normal(31, 5, 20) * np.float32(0.5), normal(32, 20) * np.float32(0.5)]
        layer.set_weights(weights)
        outputs, hidden, cell = (keras.ops.convert_to_numpy(value) for value in layer(x))
        kernel, recurrent, bias = map(tensor, weights)
        rows.append({
            "goBackwards": backwards, "x": tensor(x), "weights": {"kernel": kernel, "recurrentKernel": recurrent, "bias": bias},
            "outputs": tensor(outputs[:, ::-1].copy() if backwards else outputs), "hidden": tensor(hidden), "cell": tensor(cell),
        })
    return rows


def batch_normalization():
    """torch's result, gradients and gradients of a penalty; the moving averages of Keras, whose variance is the population's too."""
    rows = []
    for shape, scale, offset in [((6, 3), 1, 0), ((4, 5, 5, 2), 1, 0), ((3, 2, 2, 4), 1e-3, 0), ((8, 3), 1, 30)]:
        channels = shape[-1]
        x = leaf(normal(sum(shape), *shape) * np.float32(scale) + np.float32(offset))
        gamma, beta = leaf(normal(1, channels)), leaf(normal(2, channels))
        upstream = normal(3, *shape)
        flat = x.reshape(-1, channels)
        y = F.batch_norm(flat, None, None, gamma, beta, training=True, eps=1e-3).reshape(shape)
        loss = (y * torch.tensor(upstream, dtype=torch.float64)).sum()
        gradients = torch.autograd.grad(loss, [x, gamma, beta], create_graph=True)
        penalty = torch.autograd.grad((gradients[0] ** 2).sum(), x)[0]
        layer = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-3)
        layer.build(shape)
        layer(x.detach().float(), training=True)
        moving = {name: tensor(keras.ops.convert_to_numpy(value)) for name, value in (("movingMean", layer.moving_mean), ("movingVariance", layer.moving_variance))}
        by_torch = torch.nn.BatchNorm1d(channels, eps=1e-3, momentum=0.1).double()
        by_torch(flat.detach())
        rows.append({
            "x": tensor(x), "gamma": tensor(gamma), "beta": tensor(beta), "upstream": tensor(upstream), "y": tensor(y),
            "gradients": {"x": tensor(gradients[0]), "gamma": tensor(gradients[1]), "beta": tensor(gradients[2])}, "penalty": tensor(penalty),
            **moving, "varianceOfTorch": tensor(by_torch.running_var),
        })
    return rows


def pooling():
    hidden = normal(4, 3, 5, 4)
    tokens = np.array([[3, 4, 5, 0, 0], [2, 2, 2, 2, 2], [0, 0, 0, 0, 0]])
    real = torch.tensor(tokens != 0).double()[..., None]
    mean = (torch.tensor(hidden, dtype=torch.float64) * real).sum(1) / real.sum(1).clamp(min=1)
    return [{"hidden": tensor(hidden), "tokens": tensor(tokens), "pooled": tensor(mean)}]


def native_gradients():
    """First gradients at values small, large and extreme, and the gradient of the squared length of the first."""
    operations = {"relu": F.relu, "relu6": F.relu6, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "elu": F.elu, "exp": torch.exp, "softmax": lambda x: F.softmax(x, -1), "logSoftmax": lambda x: F.log_softmax(x, -1), "mean": lambda x: x.mean(1), "sum": lambda x: x.sum(0)}
    rows = []
    for name, operation in operations.items():
        for scale in (1, 5):
            x = leaf(normal(6, 4, 5) * np.float32(scale))
            y = operation(x)
            upstream = torch.tensor(normal(7, *y.shape), dtype=torch.float64)
            (first,) = torch.autograd.grad((y * upstream).sum(), x, create_graph=True)
            second = torch.autograd.grad((first**2).sum(), x)[0] if first.requires_grad else torch.zeros_like(x)
            rows.append({"operation": name, "x": tensor(x), "upstream": tensor(upstream), "y": tensor(y), "first": tensor(first), "second": tensor(second)})
    return rows


def softmax_cross_entropy():
    rows = []
    for n, classes, scale in [(1, 2, 1), (5, 7, 1), (4, 300, 3), (3, 4, 1e4)]:
        logits = leaf(normal(n, n, classes) * np.float32(scale))
        labels = np.random.default_rng(n).integers(0, classes, n)
        soft = np.random.default_rng(n + 1).dirichlet(np.ones(classes), n).astype(np.float32)
        upstream = torch.tensor(normal(8, n), dtype=torch.float64)
        case = {"logits": tensor(logits), "labels": tensor(labels), "soft": tensor(soft), "upstream": tensor(upstream)}
        for name, target in (("sparse", torch.tensor(labels)), ("dense", torch.tensor(soft, dtype=torch.float64))):
            loss = F.cross_entropy(logits, target, reduction="none")
            (first,) = torch.autograd.grad((loss * upstream).sum(), logits, create_graph=True)
            second = torch.autograd.grad((first**2).sum(), logits)[0]
            case[name] = {"loss": tensor(loss), "first": tensor(first), "second": tensor(second)}
        rows.append(case)
    return rows


def embedding():
    table, indices = leaf(normal(9, 6, 3)), np.array([[0, 5, 5], [2, 0, 5]])
    y = F.embedding(torch.tensor(indices), table)
    upstream = torch.tensor(normal(10, 2, 3, 3), dtype=torch.float64)
    (first,) = torch.autograd.grad((y * upstream).sum(), table)
    return [{"table": tensor(table), "indices": tensor(indices), "upstream": tensor(upstream), "y": tensor(y), "first": tensor(first)}]


save(
    "layers",
    ["torch", "keras", "numpy"],
    {
        "lstm": lstm(False),
        "lstm in both directions of reading": keras_lstm(),
        "bidirectionalLstm": lstm(True),
        "batch normalization": batch_normalization(),
        "maskedMeanPooling": pooling(),
        "native gradients": native_gradients(),
        "softmaxCrossEntropy and sparseSoftmaxCrossEntropy": softmax_cross_entropy(),
        "tf.gather (embedding)": embedding(),
    },
)
