"""The learned baselines of the paper's tables: SRCNN, ESPCN and DRCN, with a generator's own contract."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from srgan_tf.models.config import BaselineConfig
from srgan_tf.models.drcn import drcn
from srgan_tf.models.layers import sub_pixel_shuffle
from srgan_tf.models.luma import MIDDLE, on_luma


@keras.saving.register_keras_serializable("srgan_tf")
class MirroredBorder(keras.layers.Layer):
    """Repeats pixels beyond the border in mirrored order, so that convolutions without padding keep the size.

    Args:
      width: pixels added on each side.
    """

    def __init__(self, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width = width

    def call(self, inputs: Any) -> Any:
        """(N, H, W, C) -> (N, H + 2 width, W + 2 width, C)."""
        side = [self.width, self.width]
        return ops.pad(inputs, [[0, 0], side, side, [0, 0]], mode="symmetric")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {**super().get_config(), "width": self.width}


def srcnn(scale: int = 4, *, convolution: str = "float32") -> keras.Model:
    """Returns SRCNN 9-5-5 (Dong et al., TPAMI 38(2), 2016; arXiv 1501.00092), on Y of the bicubic image.

    conv k9n64 - ReLU - conv k5n32 - ReLU - conv k5n1; 57,184 weights and 97 biases. The border is mirrored
    once; the paper trains without a border. Weights start as He et al.: the paper's Gaussian of deviation
    0.001 suits its rates of SGD, but Adam's first steps are larger than that and make all filters alike.

    Args:
      scale: factor by which each side grows.
      convolution: dtype policy of the hidden convolutions.

    Returns:
      Functional model with the generator's contract (`srgan_tf.models.generator.generator`).
    """

    def network(y: keras.KerasTensor) -> keras.KerasTensor:
        return _three_convolutions(y, (9, 5, 5), 1, "glorot_uniform", convolution)

    return on_luma(BaselineConfig("srcnn", scale), network, upscaled=True)


def espcn(scale: int = 4, *, convolution: str = "float32") -> keras.Model:
    """Returns ESPCN 5-3-3 (Shi et al., CVPR 2016; arXiv 1609.05158), on LR Y.

    conv k5n64 - ReLU - conv k3n32 - ReLU - conv k3 to scale^2 channels - sub-pixel shuffle. 24,752 parameters
    for scale 4. The border is mirrored once; the paper trains without a border. Of the paper's two
    activations, tanh and ReLU, the second: tanh stayed in its linear part for as long as we trained. The last
    convolution starts at zero, since the first corrections of random images silenced half of the ReLUs.

    Args:
      scale: factor by which each side grows.
      convolution: dtype policy of the hidden convolutions.

    Returns:
      Functional model with the generator's contract.
    """

    def network(y: keras.KerasTensor) -> keras.KerasTensor:
        return sub_pixel_shuffle(_three_convolutions(y, (5, 3, 3), scale**2, "zeros", convolution), scale)

    return on_luma(BaselineConfig("espcn", scale), network, upscaled=False)


def _three_convolutions(
    y: keras.KerasTensor, sizes: tuple[int, int, int], channels: int, last: str, convolution: str
) -> keras.KerasTensor:
    """Convolutions to 64, to 32 and to `channels`, ReLU between them, on a border mirrored once."""
    border = sum(size // 2 for size in sizes)
    x = MirroredBorder(border, name="border")(keras.layers.Rescaling(1, -MIDDLE, dtype="float32")(y))
    for i, filters in enumerate((64, 32)):
        x = keras.layers.Conv2D(
            filters,
            sizes[i],
            activation="relu",
            kernel_initializer="he_normal",
            dtype=convolution,
            name=f"conv{i + 1}",
        )(x)
    x = keras.layers.Conv2D(channels, sizes[2], kernel_initializer=last, dtype="float32", name="conv3")(x)
    return keras.layers.Rescaling(1, MIDDLE, dtype="float32")(x)


BASELINES: dict[str, Callable[..., keras.Model]] = {"srcnn": srcnn, "espcn": espcn, "drcn": drcn}
