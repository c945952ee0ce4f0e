"""A training pipeline as a PyTorch user writes it: whole batches are augmented by tensor operations, then the update."""

import statistics
import time

import torch
from augmentation import VIEWS
from fastest_step import BOTH, fastest_way
from simclr_step import new_optimizer, simclr_loss, updating
from trials import TIMED

# As many as the other sides leave out.
UNCOUNTED = 8


def shuffled_batches(pixels, batch):
    """Batch after batch of bytes, each image once in an epoch, without end."""
    while True:
        for chosen in torch.randperm(len(pixels)).split(batch):
            if len(chosen) == batch:
                yield pixels[chosen]


def prepare(
    images, batch, recipe, encoder, temperature, optimizer, precision="float32", compilers=BOTH
):
    torch.manual_seed(1)
    pixels = torch.randint(0, 256, (images, 32, 32, 3), dtype=torch.uint8)
    batches = shuffled_batches(pixels, batch)

    def pipeline(compiler):
        model, loss = simclr_loss(encoder, temperature, precision)
        views = compiler(VIEWS[recipe])
        step = updating(compiler(loss), new_optimizer(optimizer, model.parameters()))

        def run(count):
            milliseconds = []
            ended = time.perf_counter()
            for _ in range(UNCOUNTED + count):
                step(*views(next(batches))).item()
                started, ended = ended, time.perf_counter()
                milliseconds.append(1e3 * (ended - started))
            return milliseconds[UNCOUNTED:]

        return run

    run, compiled_by = fastest_way(
        pipeline, compilers, lambda run: statistics.median(run(TIMED))
    )
    return run, {"variant": compiled_by}
