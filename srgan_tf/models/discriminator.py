"""The discriminator of the paper (section 2.1.1, Figure 4)."""

import keras

from srgan_tf.models.config import Precision
from srgan_tf.models.layers import BatchNormalization

LAYERS = ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 2))
"""Filters and stride of the convolutions with BN, at the paper's width of 64."""


def discriminator(
    crop_size: int = 96,
    filters: int = 64,
    *,
    precision: Precision = Precision(),
    synchronized: bool = False,
) -> keras.Model:
    """Returns the network that tells HR crops from SR crops.

    conv k3 - LeakyReLU(0.2), then seven times conv k3 - BN - LeakyReLU with the filters and strides of
    `LAYERS`, flatten, dense 1024 - LeakyReLU, dense 1. The sigmoid is left to the losses, which work on the
    logit: log(sigmoid(x)) in one step neither overflows nor vanishes.

    Args:
      crop_size: side of its input, pixels.
      filters: channels of the first convolution, the others in proportion; the paper's 64. The dense layer
        has 16 times as many.
      precision: numeric types of its layers.
      synchronized: batch statistics over all replicas.

    Returns:
      Functional model: float32 (N, crop_size, crop_size, 3) in [-1, 1] -> float32 logits (N, 1).
    """
    convolution, pointwise = precision.convolution, precision.pointwise

    def leaky(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        return keras.layers.LeakyReLU(negative_slope=0.2, dtype=pointwise, name=name)(x)

    image = keras.Input((crop_size, crop_size, 3), name="image")
    x = keras.layers.Conv2D(
        filters, 3, padding="same", kernel_initializer="he_normal", dtype=convolution, name="conv0"
    )(image)
    x = leaky(x, "act0")
    for i, (width, stride) in enumerate(LAYERS, start=1):
        x = keras.layers.Conv2D(
            width * filters // 64,
            3,
            strides=stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            dtype=convolution,
            name=f"conv{i}",
        )(x)
        x = BatchNormalization(momentum=0.9, synchronized=synchronized, dtype=pointwise, name=f"bn{i}")(x)
        x = leaky(x, f"act{i}")
    x = keras.layers.Flatten(dtype=pointwise, name="flatten")(x)
    x = keras.layers.Dense(16 * filters, kernel_initializer="he_normal", dtype=convolution, name="dense")(x)
    x = leaky(x, "dense_act")
    logit = keras.layers.Dense(1, dtype="float32", name="logit")(x)
    return keras.Model(image, logit, name="discriminator")
