"""What torchvision makes of the same pictures with the same parameters, in float64 where it can. Pictures are [N, H, W, C]."""

import numpy as np
import torch
import torchvision.transforms.v2.functional as T
from PIL import Image

from fixture import save, tensor, uniform


def channels_first(images):
    return torch.tensor(images, dtype=torch.float64).permute(0, 3, 1, 2)


def images_of(batch):
    return tensor(batch.permute(0, 2, 3, 1).contiguous())


def by_pil(image, size):
    """PIL's resize of each channel as a picture of floats."""
    layers = [Image.fromarray(image[:, :, c], mode="F").resize((size, size), Image.BILINEAR) for c in range(image.shape[2])]
    return np.stack([np.asarray(layer) for layer in layers], 2)


def resized():
    rows = []
    for h, w, size, scale in [(32, 32, 8, 1), (32, 32, 24, 1), (24, 24, 32, 1), (9, 9, 9, 1), (7, 13, 5, 1), (1, 1, 4, 1), (5, 5, 1, 1), (16, 16, 6, 0.25), (8, 12, 5, 0.25)]:
        images = uniform(h * 100 + size, 1, h, w, 3)
        root = round(scale**0.5 * 100) / 100
        window = T.center_crop(channels_first(images), [int(h * root), int(w * root)])
        result = T.resize(window, [size, size], antialias=True)
        pil = by_pil(np.ascontiguousarray(window[0].permute(1, 2, 0).float().numpy()), size)
        assert np.abs(pil - result[0].permute(1, 2, 0).numpy()).max() < 1e-6
        rows.append({"size": size, "scale": scale, "images": tensor(images), "result": images_of(result)})
    return rows


def resized_windows():
    """Windows of whole pixels: top, left, height, width."""
    rows = []
    for size, windows in [(24, [(0, 0, 32, 32), (3, 5, 20, 27), (10, 0, 14, 14), (31, 31, 1, 1)]), (8, [(0, 0, 32, 32), (1, 2, 30, 9), (7, 7, 8, 8), (2, 20, 25, 11)])]:
        images = uniform(size, len(windows), 32, 32, 3)
        crops = [T.resized_crop(channels_first(images)[i : i + 1], *w, [size, size], antialias=True) for i, w in enumerate(windows)]
        rows.append({"size": size, "windows": tensor(np.array(windows)), "images": tensor(images), "result": images_of(torch.cat(crops))})
    return rows


def crops():
    """Every window of a padded picture; the middle windows."""
    image = uniform(1, 1, 5, 6, 3)
    padded = T.pad(channels_first(image), [2, 2, 2, 2])
    windows = [T.crop(padded, top, left, 4, 4) for top in range(6) for left in range(7)]
    random = [{"size": 4, "padding": 2, "columns": 7, "images": tensor(image), "result": images_of(torch.cat(windows))}]
    middle = []
    for h, w, size in [(7, 7, 4), (9, 9, 4), (10, 7, 5), (8, 8, 8), (32, 32, 24), (32, 32, 31), (6, 11, 1)]:
        images = uniform(h * w, 1, h, w, 1)
        middle.append({"size": size, "images": tensor(images), "result": images_of(T.center_crop(channels_first(images), [size, size]))})
    return random, middle


def erased():
    """A square of 3 × 3 painted grey with its middle on every pixel, cut off at the border."""
    image = uniform(3, 1, 5, 6, 3)
    batch = channels_first(image)
    results = []
    for y in range(5):
        for x in range(6):
            top, left = max(0, y - 1), max(0, x - 1)
            results.append(T.erase(batch, top, left, min(5, y + 2) - top, min(6, x + 2) - left, torch.tensor(0.5)))
    return [{"size": 3, "fill": 0.5, "columns": 6, "images": tensor(image), "result": images_of(torch.cat(results))}]


def blurred():
    rows = []
    for sigma in (0.3, 1, 2):
        images = uniform(7, 1, 40, 40, 1)
        result = T.gaussian_blur(channels_first(images), [31, 31], [sigma, sigma])
        rows.append({"sigma": sigma, "images": tensor(images), "result": images_of(result)})
    return rows


def adjusted(function, factors):
    images = np.concatenate([uniform(4, 1, 6, 6, 3), uniform(5, 1, 6, 6, 3) ** 3])
    return [
        {"factor": factor, "images": tensor(images), "result": images_of(function(channels_first(images), factor))}
        for factor in factors
    ]


def hues():
    """All colours alike: each value drawn from [0, 1)."""
    images = uniform(6, 1, 24, 24, 3)
    return [
        {"factor": factor, "images": tensor(images), "result": images_of(T.adjust_hue(channels_first(images), factor))}
        for factor in (-0.1, -0.05, 0.05, 0.1, 0.5)
    ]


def jittered():
    """Brightness, contrast, saturation (0.6 to 1.4) and hue (−0.1 to 0.1), one after the other in an order drawn for each picture."""
    rng = np.random.default_rng(8)
    images = uniform(8, 24, 8, 8, 3)
    factors = rng.uniform(0.6, 1.4, (24, 3)).astype(np.float32)
    turns = rng.uniform(-0.1, 0.1, 24).astype(np.float32)
    results = []
    for i in range(24):
        steps = [
            lambda x: T.adjust_brightness(x, float(factors[i, 0])),
            lambda x: T.adjust_contrast(x, float(factors[i, 1])),
            lambda x: T.adjust_saturation(x, float(factors[i, 2])),
            lambda x: T.adjust_hue(x, float(turns[i])),
        ]
        picture = channels_first(images)[i : i + 1]
        for step in rng.permutation(4):
            picture = steps[step](picture)
        results.append(picture)
    case = {name: tensor(factors[:, k].copy()) for k, name in enumerate(("brightness", "contrast", "saturation"))}
    return [{**case, "hue": tensor(turns), "images": tensor(images), "result": images_of(torch.cat(results))}]


random_crops, middle_crops = crops()
flip = uniform(2, 2, 4, 5, 3)
grey = uniform(9, 2, 5, 5, 3)
save(
    "augmentations",
    ["torchvision", "torch", "pillow", "numpy"],
    {
        "resize": resized(),
        "randomResizedCrop": resized_windows(),
        "randomCrop": random_crops,
        "centerCrop": middle_crops,
        "randomHorizontalFlip": [{"images": tensor(flip), "result": images_of(T.horizontal_flip(channels_first(flip)))}],
        "cutout": erased(),
        "gaussianBlur": blurred(),
        "randomGreyscale": [{"images": tensor(grey), "result": images_of(T.rgb_to_grayscale(channels_first(grey), 3))}],
        "adjustColor brightness": adjusted(T.adjust_brightness, (0, 0.4, 1, 1.6, 5)),
        "adjustColor contrast": adjusted(T.adjust_contrast, (0, 0.4, 1, 1.6, 5)),
        "adjustColor saturation": adjusted(T.adjust_saturation, (0, 0.4, 1, 1.6, 5)),
        "adjustColor hue": hues(),
        "colorJitter": jittered(),
    },
)
