"""A bidirectional LSTM that predicts masked words, as a PyTorch user writes it."""

import torch
import torch.nn.functional as F
from fastest_step import BOTH, fastest_step
from simclr_step import new_optimizer, updating
from torch import nn
from trials import time_step

MASK_TOKEN = 1
# What cross_entropy leaves out unless told otherwise.
UNCOUNTED = -100


class MaskedLanguageModel(nn.Module):
    def __init__(self, vocabulary, embedding, units):
        super().__init__()
        self.words = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, units, bidirectional=True, batch_first=True)
        self.output = nn.Linear(2 * units, vocabulary)

    def forward(self, tokens):
        states, _ = self.lstm(self.words(tokens))
        return self.output(states)


def prepare(batch, length, vocabulary, embedding, units, compilers=BOTH):
    torch.manual_seed(1)
    targets = torch.randint(2, vocabulary, (batch, length))
    masked = torch.rand(batch, length) < 0.15
    inputs = torch.where(masked, MASK_TOKEN, targets)
    counted = torch.where(masked, targets, UNCOUNTED)

    def training_step(compiler):
        model = MaskedLanguageModel(vocabulary, embedding, units)

        def loss(inputs, targets):
            logits = model(inputs)
            return F.cross_entropy(logits.flatten(0, 1), targets.flatten())

        return updating(compiler(loss), new_optimizer("adam", model.parameters()))

    arguments = (inputs, counted)
    step, compiled_by = fastest_step(training_step, arguments, compilers)
    return lambda count: time_step(step, arguments, count), {"variant": compiled_by}
