"""A training pipeline as a Python user writes it: tf.data augments image by image with AUTOTUNE, tf.function trains."""

import itertools
import time

import keras
import numpy as np
import tensorflow as tf
from fastest_function import fastest_function
from simclr_step import BOTH, training_step

SIZE = 24
# What is ready in the prefetch buffer when a round begins must not count.
UNCOUNTED = 8


def crop_and_flip(image):
    return tf.image.random_flip_left_right(tf.image.random_crop(image, [SIZE, SIZE, 3]))


def tutorial_views(image):
    image = tf.cast(image, tf.float32) / 255
    first = tf.image.random_brightness(crop_and_flip(image), 0.2)
    second = tf.image.random_saturation(crop_and_flip(image), 0.8, 1.2)
    return tf.clip_by_value(first, 0, 1), tf.clip_by_value(second, 0, 1)


def resized_crop(image):
    begin, size, _ = tf.image.sample_distorted_bounding_box(
        tf.shape(image),
        tf.zeros([1, 0, 4]),
        area_range=(0.2, 1.0),
        aspect_ratio_range=(3 / 4, 4 / 3),
        use_image_if_no_bounding_boxes=True,
    )
    crop = tf.slice(image, begin, size)
    crop.set_shape([None, None, 3])
    return tf.image.resize(crop, [SIZE, SIZE])


def jitter(image):
    image = image * tf.random.uniform([], 0.6, 1.4)
    image = tf.image.random_contrast(image, 0.6, 1.4)
    image = tf.image.random_saturation(image, 0.6, 1.4)
    return tf.image.random_hue(image, 0.1)


def strong_view(image):
    image = tf.image.random_flip_left_right(resized_crop(image))
    image = tf.cond(tf.random.uniform([]) < 0.8, lambda: jitter(image), lambda: image)
    grey = lambda: tf.image.grayscale_to_rgb(tf.image.rgb_to_grayscale(image))
    image = tf.cond(tf.random.uniform([]) < 0.2, grey, lambda: image)
    return tf.clip_by_value(image, 0, 1)


def strong_views(image):
    image = tf.cast(image, tf.float32) / 255
    return strong_view(image), strong_view(image)


def prepare(
    images, batch, recipe, encoder, temperature, optimizer, precision="float32", compilers=BOTH
):
    if precision == "bfloat16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    pixels = np.random.default_rng(1).integers(0, 256, [images, 32, 32, 3], np.uint8)
    pairs = {"tutorial": tutorial_views, "strong": strong_views}[recipe]
    batches = (
        tf.data.Dataset.from_tensor_slices(pixels)
        .shuffle(10_000)
        .repeat()
        .map(pairs, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(batch, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )
    iterator = iter(batches)
    step, compiled_by = fastest_function(
        training_step(encoder, temperature, optimizer), next(iterator), compilers
    )

    def run(count):
        milliseconds = []
        ended = time.perf_counter()
        for pair in itertools.islice(iterator, UNCOUNTED + count):
            step(*pair).numpy()
            started, ended = ended, time.perf_counter()
            milliseconds.append(1e3 * (ended - started))
        return milliseconds[UNCOUNTED:]

    # AUTOTUNE looks for its degree of parallelism while the pipeline runs.
    run(20)
    return run, {"variant": compiled_by}
