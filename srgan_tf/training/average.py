"""Exponential moving average of a network, batch statistics included."""

import keras
import tensorflow as tf


def update_average(
    average: keras.Model,
    network: keras.Model,
    decay: float,
    step: tf.Tensor,
    strategy: tf.distribute.Strategy,
) -> None:
    """Moves every weight of `average` towards `network`'s; call it in cross-replica context.

    Keras' own `use_ema` leaves out the moving statistics of BN, and averaged weights with statistics that
    are not theirs make wrong pictures. The decay rises as (1 + step) / (10 + step) at first, so that the
    random start is forgotten.

    Args:
      average: a network of the same weights.
      network: the one being trained.
      decay: share of the old value that is kept, 0 to 1; 0 copies.
      step: number of updates before this one, an integer scalar.
      strategy: the devices that hold copies of both networks.
    """
    step = tf.cast(step, tf.float32)
    kept = tf.minimum(decay, (1.0 + step) / (10.0 + step))

    def move(old: tf.Variable, new: tf.Tensor) -> None:
        old.assign(kept * old + (1.0 - kept) * new)

    for old, new in zip(average.weights, network.weights, strict=True):
        strategy.extended.update(old.value, move, args=(new.value,), group=False)
