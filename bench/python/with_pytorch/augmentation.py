"""The two recipes' views as operations on whole batches, each image with random numbers of its own."""

import math

import torch
import torch.nn.functional as F

SIZE = 24
LUMA = (0.299, 0.587, 0.114)


def uniform(count, low, high):
    """A number for each image, ready to be spread over its pixels."""
    return torch.empty(count, 1, 1, 1).uniform_(low, high)


def crop_and_flip(images):
    """Bytes [N, 32, 32, 3] to [N, 3, SIZE, SIZE] in [0, 1], channels last, by one gather."""
    count, height, width, _ = images.shape
    places = torch.arange(SIZE)
    rows = torch.randint(height - SIZE + 1, (count, 1)) + places
    columns = torch.randint(width - SIZE + 1, (count, 1)) + places
    columns = torch.where(torch.rand(count, 1) < 0.5, columns.flip(1), columns)
    cropped = images[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return cropped.permute(0, 3, 1, 2).float() / 255


def grey_of(images):
    red, green, blue = (weight * images[:, i : i + 1] for i, weight in enumerate(LUMA))
    return red + green + blue


def blend(images, other, factor):
    """As torchvision does it: the factor 1 leaves the images alone."""
    return (factor * images + (1 - factor) * other).clamp(0, 1)


def tutorial_views(images):
    count = len(images)
    first = (crop_and_flip(images) + uniform(count, -0.2, 0.2)).clamp(0, 1)
    second = crop_and_flip(images)
    return first, blend(second, grey_of(second), uniform(count, 0.8, 1.2))


# torch.compile makes grid_sample five times as slow as it is.
@torch.compiler.disable
def resized_crop(images):
    """20 to 100 % of the area at an aspect ratio of 3:4 to 4:3, resized bilinearly; half of them mirrored."""
    count = len(images)
    area = torch.empty(count).uniform_(0.2, 1)
    ratio = torch.empty(count).uniform_(math.log(3 / 4), math.log(4 / 3)).exp()
    width, height = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    x = (1 - width) * torch.empty(count).uniform_(-1, 1)
    y = (1 - height) * torch.empty(count).uniform_(-1, 1)
    mirrored = torch.where(torch.rand(count) < 0.5, -width, width)
    none = torch.zeros(count)
    boxes = torch.stack([mirrored, none, x, none, height, y], 1).view(count, 2, 3)
    grid = F.affine_grid(boxes, [count, 3, SIZE, SIZE], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def turned_hue(images, turn):
    """To hue, saturation and value, and back with another hue."""
    red, green, blue = images.unbind(1)
    value, least = images.amax(1), images.amin(1)
    chroma = value - least
    span = torch.where(chroma == 0, 1, chroma)
    sixth = torch.where(
        value == red,
        (green - blue) / span,
        torch.where(value == green, 2 + (blue - red) / span, 4 + (red - green) / span),
    )
    sixth = sixth + 6 * turn.squeeze(1)

    def channel(offset):
        place = (offset + sixth) % 6
        return value - chroma * torch.minimum(place, 4 - place).clamp(0, 1)

    return torch.stack([channel(5), channel(3), channel(1)], 1)


def jitter(images, jittered):
    """Brightness, contrast, saturation and hue of the images that are jittered."""
    count = len(images)
    factor = lambda: torch.where(jittered, uniform(count, 0.6, 1.4), 1)
    images = (images * factor()).clamp(0, 1)
    images = blend(images, grey_of(images).mean((2, 3), keepdim=True), factor())
    images = blend(images, grey_of(images), factor())
    return turned_hue(images, torch.where(jittered, uniform(count, -0.1, 0.1), 0))


def strong_view(images):
    count = len(images)
    images = jitter(resized_crop(images), uniform(count, 0, 1) < 0.8)
    return torch.where(uniform(count, 0, 1) < 0.2, grey_of(images), images)


def strong_views(images):
    images = images.permute(0, 3, 1, 2).float() / 255
    return strong_view(images), strong_view(images)


VIEWS = {"tutorial": tutorial_views, "strong": strong_views}
