"""The receptive field of a network."""

import math
from fractions import Fraction

import keras

from srgan_tf.models.config import BaselineConfig
from srgan_tf.models.layers import ShuffledConv2D


def receptive_radius(model: keras.Model) -> int:
    """Returns how many LR pixels away a change can still reach an SR pixel.

    Each k x k convolution adds k // 2 pixels of the resolution it works at. The longest path through a
    generator is the one along all of its layers, since its skip connections hold no convolution. The paper's
    network (B = 16, scale 4) reaches 4 + 2 * 16 + 1 + 1 + 1/2 + 4/4 = 39.5, so 40 LR pixels.

    Args:
      model: a generator, or a part of one whose input is at LR resolution.

    Returns:
      The radius, rounded up. Rounding is exact, not merely safe: LR pixels hold whole blocks of SR pixels,
      so that fractions at the finer resolutions add up to the next whole LR pixel.
    """
    config = getattr(model, "network_config", None)  # a part of a generator has none
    if isinstance(config, BaselineConfig):  # their layers do not stand in a row
        if config.model == "espcn":  # its convolutions, at LR resolution, stand beside the bicubic image
            return 2 + 1 + 1
        behind = {"srcnn": 4 + 2 + 2, "drcn": 2 + 16 + 2}[config.model]
        return 2 + math.ceil(behind / config.scale)  # two LR pixels of the bicubic image, then convolutions
    radius, rate = Fraction(0), 1
    for operation in model.operations:
        if isinstance(operation, keras.layers.Conv2D):
            radius += Fraction(max(operation.kernel_size) // 2, rate)
        elif isinstance(operation, ShuffledConv2D):
            rate *= operation.factor
            radius += Fraction(operation.kernel_size // 2, rate)
        elif hasattr(operation, "block_size"):  # keras.ops.depth_to_space
            rate *= operation.block_size
    return math.ceil(radius)
