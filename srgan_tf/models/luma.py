"""What the networks on Y share: bicubic enlargement, Y of RGB, and an image with another Y.

SRCNN, ESPCN and DRCN work on the Y channel, as in their papers; the colours come from bicubic interpolation.
So they take the generator's place in training, evaluation and upscaling: LR RGB in [0, 1] -> SR RGB in
[-1, 1].
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from srgan_tf.bicubic import upscaling_weights
from srgan_tf.models.config import BaselineConfig, SRNetwork
from srgan_tf.models.layers import sub_pixel_shuffle

LUMA = np.array([65.481, 128.553, 24.966], np.float32) / 255
"""Y of BT.601 in studio range from R, G, B in [0, 1], as a part of 1 and without its offset of 16/255."""
RGB_PER_LUMA = 255 / 219
"""Change of R, G and B for each unit of Y where Cb and Cr stay as they are."""

MIDDLE = 0.5
"""Subtracted from Y before a network, and added behind it where nothing else adds Y. Biases
could do the same, but Adam learns much faster when Y lies around 0."""


def luma(rgb: Any) -> Any:
    """Returns Y of BT.601 in studio range.

    Args:
      rgb: float (N, H, W, 3) in [0, 1].

    Returns:
      (N, H, W, 1), 16/255 to 235/255.
    """
    return ops.sum(rgb * ops.cast(LUMA, rgb.dtype), axis=-1, keepdims=True) + 16 / 255


@keras.saving.register_keras_serializable("srgan_tf")
class BicubicEnlargement(keras.layers.Layer):
    """MATLAB's `imresize` by a whole factor, on values that are not rounded; it has no weights.

    A convolution with the cubic kernel's values for each sub-position, then a sub-pixel shuffle.

    Args:
      scale: the factor.
    """

    def __init__(self, scale: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        """(N, h, w, C) -> (N, scale*h, scale*w, C); h and w at least 2."""
        channels = inputs.shape[-1]
        weights = upscaling_weights(self.scale)
        weights = weights / weights.sum(axis=1, keepdims=True)
        # (row tap, column tap, channel in, row, column, channel out)
        kernel = np.einsum("rt,cu,io->tuirco", weights, weights, np.eye(channels))
        kernel = kernel.reshape(*kernel.shape[:3], -1)
        padded = ops.pad(inputs, [[0, 0], [2, 2], [2, 2], [0, 0]], mode="symmetric")
        return sub_pixel_shuffle(ops.conv(padded, ops.cast(kernel, inputs.dtype)), self.scale)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {**super().get_config(), "scale": self.scale}


@keras.saving.register_keras_serializable("srgan_tf")
class Luma(keras.layers.Layer):
    """`luma` as a layer."""

    def call(self, inputs: Any) -> Any:
        """(N, H, W, 3) -> (N, H, W, 1)."""
        return luma(inputs)


@keras.saving.register_keras_serializable("srgan_tf")
class ReplacedLuma(keras.layers.Layer):
    """An image with another Y and its own Cb and Cr, brought to the range of SR.

    With Cb and Cr as they are, R, G and B all change by 255/219 of what Y changes by.
    """

    def call(self, inputs: tuple[Any, Any]) -> Any:
        """RGB (N, H, W, 3) in [0, 1] and Y (N, H, W, 1) -> RGB (N, H, W, 3), about [-1, 1]."""
        rgb, y = inputs
        return 2 * (rgb + RGB_PER_LUMA * (y - luma(rgb))) - 1


def on_luma(
    config: BaselineConfig,
    network: Callable[[keras.KerasTensor], keras.KerasTensor],
    *,
    upscaled: bool,
) -> keras.Model:
    """Returns a model on RGB around a network on Y, of the bicubic image or of LR itself."""
    lr = keras.Input((None, None, 3), name="lr")
    rgb = BicubicEnlargement(config.scale, dtype="float32", name="bicubic")(lr)
    y = Luma(dtype="float32", name="luma")(rgb if upscaled else lr)
    sr = ReplacedLuma(dtype="float32", name="sr")([rgb, network(y)])
    return SRNetwork(lr, sr, name=config.model, network_config=config)
