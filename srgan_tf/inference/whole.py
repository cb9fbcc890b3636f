"""A generator as a function from picture to picture, for pictures that fit in memory whole."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from srgan_tf.data.ranges import lr_from_uint8, uint8_from_sr

Upscale = Callable[[np.ndarray], np.ndarray]
"""uint8 (h, w, 3) -> uint8 (scale*h, scale*w, 3)."""


def upscale_whole(generator: keras.Model) -> Upscale:
    """A generator as a function of one picture, in inference mode.

    Returns:
      Function uint8 (h, w, 3) -> uint8 (scale*h, scale*w, 3).
    """

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3), tf.float32)], reduce_retracing=True)
    def infer(lr: tf.Tensor) -> tf.Tensor:
        return generator(lr, training=False)

    def upscale(lr: np.ndarray) -> np.ndarray:
        return uint8_from_sr(infer(lr_from_uint8(lr)[None])[0].numpy())

    return upscale
