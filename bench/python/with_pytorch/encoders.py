"""The encoders that are compared, of PyTorch's modules; the other sides build the same."""

from torch import nn


class Mean(nn.Module):
    """The mean over all positions."""

    def forward(self, x):
        return x.mean((2, 3))


def convolution(inputs, filters):
    return [nn.Conv2d(inputs, filters, 3, padding="same"), nn.ReLU(inplace=True)]


def normalised_convolution(inputs, filters):
    # Keras's numbers: its momentum of 0.9 is PyTorch's 0.1.
    return [
        nn.Conv2d(inputs, filters, 3, padding="same", bias=False),
        nn.BatchNorm2d(filters, eps=1e-3, momentum=0.1),
        nn.ReLU(inplace=True),
    ]


class Residual(nn.Module):
    """x + f(x), f being one more convolution of as many filters."""

    def __init__(self, filters):
        super().__init__()
        self.block = nn.Sequential(*normalised_convolution(filters, filters))

    def forward(self, x):
        return x + self.block(x)


def three_stages(stage):
    """Three convolutions with pooling in between, and a dense layer."""
    return nn.Sequential(
        *stage(3, 32),
        nn.MaxPool2d(2),
        *stage(32, 64),
        nn.MaxPool2d(2),
        *stage(64, 128),
        Mean(),
        nn.Linear(128, 128),
    )


def residual_encoder():
    """Batch normalization and a residual block in the second and third stage."""
    return nn.Sequential(
        *normalised_convolution(3, 32),
        *[nn.MaxPool2d(2), *normalised_convolution(32, 64), Residual(64)],
        *[nn.MaxPool2d(2), *normalised_convolution(64, 128), Residual(128)],
        Mean(),
    )


def simclr_model(encoder):
    features = {
        "tutorial": lambda: three_stages(convolution),
        "batch-norm": lambda: three_stages(normalised_convolution),
        "residual": residual_encoder,
    }[encoder]()
    head = [nn.Linear(128, 128), nn.ReLU(inplace=True), nn.Linear(128, 64)]
    return nn.Sequential(features, *head)
