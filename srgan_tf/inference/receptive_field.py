"""How far a generator looks."""

import math
from fractions import Fraction

import keras

from srgan_tf.models.baselines import BASELINES, lr_radius
from srgan_tf.models.layers import ShuffledConv2D
from srgan_tf.models.saved import config_of


def receptive_radius(model: keras.Model) -> int:
    """How many LR pixels away a change can still reach an SR pixel.

    Each k x k convolution adds k // 2 pixels of the resolution it works at. The longest path through a
    generator is the one along all of its layers, since its skip connections hold no convolution. The paper's
    network (B = 16, scale 4) reaches 4 + 2 * 16 + 1 + 1 + 1/2 + 4/4 = 39.5, so 40 LR pixels.

    Args:
      model: a generator, or a part of one whose input is at LR resolution.

    Returns:
      The radius, rounded up. Rounding is exact, not merely safe: LR pixels hold whole blocks of SR pixels,
      so that fractions at the finer resolutions add up to the next whole LR pixel.
    """
    if model.name in BASELINES:  # their layers do not stand in a row
        return lr_radius(config_of(model))
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
