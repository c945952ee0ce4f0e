"""A bidirectional LSTM that predicts masked words, as a Python user writes it in Keras."""

import keras
import tensorflow as tf
from fastest_function import fastest_function
from keras import layers
from simclr_step import BOTH
from trials import time_step


def prepare(batch, length, vocabulary, embedding, units, unroll=False, compilers=BOTH):
    keras.utils.set_random_seed(1)
    tokens = keras.Input((length,), dtype="int32")
    x = layers.Embedding(vocabulary, embedding)(tokens)
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True, unroll=unroll))(x)
    model = keras.Model(tokens, layers.Dense(vocabulary)(x))
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(model.trainable_variables)

    def step(inputs, targets, masked):
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
            loss = tf.reduce_sum(losses * masked) / tf.reduce_sum(masked)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    targets = tf.random.uniform([batch, length], 2, vocabulary, tf.int32)
    masked = tf.cast(tf.random.uniform([batch, length]) < 0.15, tf.float32)
    inputs = tf.where(masked > 0, 1, targets)
    arguments = (inputs, targets, masked)
    compiled, compiled_by = fastest_function(step, arguments, compilers)
    return lambda count: time_step(compiled, arguments, count), {"variant": compiled_by}
