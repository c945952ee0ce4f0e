"""SimCLR as a Python user writes it: a Keras model, NT-Xent, a gradient tape, tf.function."""

import keras
import tensorflow as tf
from fastest_function import fastest_function
from keras import layers
from trials import time_step

BOTH = ["tf.function", "tf.function(jit_compile=True)"]


def tutorial_encoder():
    """Three convolutions, each with its relu, pooling in between."""
    return [
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(128, 3, padding="same", activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(128),
    ]


def normalised_convolution(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def batch_norm_encoder(x):
    """The same with batch normalization."""
    for index, filters in enumerate([32, 64, 128]):
        if index > 0:
            x = layers.MaxPooling2D()(x)
        x = normalised_convolution(x, filters)
    return layers.Dense(128)(layers.GlobalAveragePooling2D()(x))


def residual_encoder(x):
    """Batch normalization and a residual block in the second and third stage."""
    x = normalised_convolution(x, 32)
    for filters in [64, 128]:
        widened = normalised_convolution(layers.MaxPooling2D()(x), filters)
        x = layers.Add()([widened, normalised_convolution(widened, filters)])
    return layers.GlobalAveragePooling2D()(x)


def simclr_model(encoder):
    images = keras.Input((24, 24, 3))
    if encoder == "tutorial":
        features = images
        for layer in tutorial_encoder():
            features = layer(features)
    else:
        features = {"batch-norm": batch_norm_encoder, "residual": residual_encoder}[encoder](images)
    hidden = layers.Dense(128, activation="relu")(features)
    return keras.Model(images, layers.Dense(64)(hidden))


def nt_xent(projections, temperature):
    z = tf.math.l2_normalize(tf.cast(projections, tf.float32), axis=1)
    rows = z.shape[0]
    logits = tf.matmul(z, z, transpose_b=True) / temperature
    logits = tf.linalg.set_diag(logits, tf.fill([rows], -1e9))
    partners = (tf.range(rows) + rows // 2) % rows
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=partners, logits=logits)
    )


def training_step(encoder, temperature, optimizer):
    model = simclr_model(encoder)
    optimizer = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}[optimizer](1e-3)
    optimizer.build(model.trainable_variables)

    def step(view1, view2):
        with tf.GradientTape() as tape:
            loss = nt_xent(model(tf.concat([view1, view2], 0), training=True), temperature)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    return step


def prepare(batch, encoder, temperature, optimizer, precision="float32", compilers=BOTH):
    keras.utils.set_random_seed(1)
    if precision == "bfloat16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    views = [tf.random.uniform([batch, 24, 24, 3]) for _ in range(2)]
    step, compiled_by = fastest_function(
        training_step(encoder, temperature, optimizer), views, compilers
    )
    return lambda count: time_step(step, views, count), {"variant": compiled_by}
