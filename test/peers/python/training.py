"""Optimizers along given gradients, schedules, the momentum network and the memory queue."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from lightly.models.modules.memory_bank import MemoryBankModule
from lightly.models.utils import update_momentum
from lightly.utils.scheduler import CosineWarmupScheduler, cosine_schedule
from transformers import get_cosine_schedule_with_warmup

from fixture import normal, save, tensor

STEPS = 12


def gradients(scale):
    return normal(2, STEPS, 3, 4) * np.float32(scale)


def along(make, scale, rates):
    """The weights after each step, in float64."""
    weight = torch.nn.Parameter(torch.tensor(normal(1, 3, 4), dtype=torch.float64))
    optimizer = make([weight])
    steps = []
    for gradient, rate in zip(gradients(scale), rates):
        for group in optimizer.param_groups:
            group["lr"] = float(np.float32(rate))
        weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        steps.append(weight.detach().clone())
    return {"weight": tensor(normal(1, 3, 4)), "gradients": tensor(gradients(scale)), "rates": tensor(np.array(rates)), "steps": tensor(torch.stack(steps))}


def adam_w():
    rows = []
    for beta1, beta2, epsilon, decay, scale in [(0.9, 0.999, 1e-7, 0.01, 1), (0.9, 0.999, 1e-8, 0, 1), (0.5, 0.9, 1e-3, 0.1, 1), (0.0, 0.99, 1e-7, 0.01, 1), (0.9, 0.999, 1e-7, 0.01, 1e-6), (0.9, 0.95, 1e-7, 0.01, 1e12)]:
        rates = [1e-2 * (1 - i / STEPS) for i in range(STEPS)]
        make = lambda p: torch.optim.AdamW(p, betas=(beta1, beta2), eps=epsilon, weight_decay=decay)
        case = {"peer": "torch", "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "weightDecay": decay}
        rows.append({**case, **along(make, scale, rates)})
    # Keras adds ε to √v instead of √v̂: with large gradients nobody sees it. It computes in float32.
    weight = keras.Variable(normal(1, 3, 4))
    optimizer = keras.optimizers.AdamW(1e-2, weight_decay=0.01, epsilon=1e-7)
    optimizer.build([weight])
    steps = []
    for gradient in gradients(1):
        optimizer.apply([torch.tensor(gradient)], [weight])
        steps.append(keras.ops.convert_to_numpy(weight.value).copy())
    rows.append({
        "peer": "keras", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "weightDecay": 0.01, "weight": tensor(normal(1, 3, 4)),
        "gradients": tensor(gradients(1)), "rates": tensor(np.full(STEPS, 1e-2)), "steps": tensor(np.stack(steps)),
    })
    return rows


def sgd():
    rates = [0.1] * STEPS
    rows = []
    for momentum, nesterov in [(0, False), (0.9, False), (0.9, True)]:
        make = lambda p: torch.optim.SGD(p, lr=0.1, momentum=momentum, nesterov=nesterov)
        rows.append({"momentum": momentum, "nesterov": nesterov, **along(make, 1, rates)})
    return rows


def rates_of(scheduler, steps):
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        scheduler.optimizer.step()
        scheduler.step()
    return rates


def optimizer(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def cosine():
    """torch and transformers without a floor below; lightly's first steps are those of the warm-up."""
    rows = []
    for peak, floor, steps in [(0.1, 0, 10), (1, 0.25, 7)]:
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer(peak), T_max=steps, eta_min=floor)
        rows.append({"peer": "torch", "peak": peak, "floor": floor, "warmupSteps": 0, "totalSteps": steps, "first": 0, "rates": rates_of(scheduler, steps)})
    for warmup, steps in [(0, 9), (4, 20), (3, 3)]:
        scheduler = get_cosine_schedule_with_warmup(optimizer(0.1), warmup, steps)
        rates = rates_of(scheduler, steps)[warmup:]
        rows.append({"peer": "transformers", "peak": 0.1, "floor": 0, "warmupSteps": warmup, "totalSteps": steps, "first": warmup, "rates": rates})
        scheduler = CosineWarmupScheduler(optimizer(0.1), warmup, steps, start_value=1.0, end_value=0.0)
        rates = rates_of(scheduler, steps)[:warmup]
        rows.append({"peer": "lightly", "peak": 0.1, "floor": 0, "warmupSteps": warmup, "totalSteps": steps, "first": 0, "rates": rates})
    return rows


def momentum():
    """lightly ends at 1 on the last step, one step before this library does: its run of S + 1 steps is compared."""
    return [
        {"start": start, "totalSteps": steps, "momenta": [cosine_schedule(i, steps + 1, start, 1.0) for i in range(steps)]}
        for start, steps in [(0.99, 12), (0.996, 100), (0, 5)]
    ]


def momentum_network():
    rows = []
    for m in (0, 0.5, 0.99, 0.999, 1):
        query, key = (torch.nn.Linear(4, 3).double() for _ in range(2))
        for seed, layer in ((3, query), (5, key)):
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(normal(seed, 3, 4)))
                layer.bias.copy_(torch.tensor(normal(seed + 1, 3)))
        case = {"momentum": m, "query": tensor(query.weight), "key": tensor(key.weight)}
        update_momentum(query, key, m)
        rows.append({**case, "result": tensor(key.weight)})
    return rows


def queue():
    """The keys that lightly's bank holds after some batches; it writes in a ring, so their order is not compared."""
    batches = [normal(i, 3, 3) for i in range(5)]
    # A batch that does not fit into the rest of lightly's ring loses its end, so its size divides the bank's.
    fitting = MemoryBankModule(size=(9, 3))
    for batch in batches:
        fitting(torch.nn.functional.normalize(torch.tensor(batch)), update=True)
    return [{"size": 9, "batches": tensor(np.stack(batches)), "keys": tensor(fitting.bank)}]


save(
    "training",
    ["torch", "keras", "transformers", "lightly", "numpy"],
    {
        "AdamW": adam_w(),
        "tf.train.sgd and tf.train.momentum": sgd(),
        "cosineSchedule": cosine(),
        "momentumSchedule": momentum(),
        "momentumUpdate": momentum_network(),
        "MemoryQueue": queue(),
    },
)
