"""SimCLR as a PyTorch user writes it: channels last, NT-Xent, autocast to bfloat16, a fused optimizer, torch.compile."""

import torch
import torch.nn.functional as F
from encoders import simclr_model
from fastest_step import BOTH, fastest_step
from trials import time_step


def nt_xent(projections, temperature):
    z = F.normalize(projections.float(), dim=1)
    rows = z.shape[0]
    itself = torch.eye(rows, dtype=torch.bool)
    logits = (z @ z.T / temperature).masked_fill(itself, -1e9)
    partners = torch.arange(rows).roll(rows // 2)
    return F.cross_entropy(logits, partners)


def simclr_loss(encoder, temperature, precision):
    """The model, and the function that has its loss for two views."""
    model = simclr_model(encoder).to(memory_format=torch.channels_last)

    def loss(view1, view2):
        images = torch.cat([view1, view2])
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            projections = model(images)
        return nt_xent(projections, temperature)

    return model, loss


def new_optimizer(name, parameters):
    # Keras's numbers, which are those of the other sides.
    if name == "adamw":
        return torch.optim.AdamW(parameters, 1e-3, eps=1e-7, weight_decay=0.004, fused=True)
    return torch.optim.Adam(parameters, 1e-3, eps=1e-7, fused=True)


def updating(loss, optimizer):
    """One update, for whatever the loss is computed of."""

    def step(*arguments):
        value = loss(*arguments)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.detach()

    return step


def prepare(batch, encoder, temperature, optimizer, precision="float32", compilers=BOTH):
    torch.manual_seed(1)
    views = [
        torch.rand(batch, 3, 24, 24).contiguous(memory_format=torch.channels_last) for _ in range(2)
    ]

    def training_step(compiler):
        model, loss = simclr_loss(encoder, temperature, precision)
        return updating(compiler(loss), new_optimizer(optimizer, model.parameters()))

    step, compiled_by = fastest_step(training_step, views, compilers)
    return lambda count: time_step(step, views, count), {"variant": compiled_by}
