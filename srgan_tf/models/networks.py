"""Any network that upscales images: made from its config, and how far its receptive field reaches."""

import math
from fractions import Fraction

import keras

from srgan_tf.models.baselines import BASELINES
from srgan_tf.models.config import BaselineConfig, NetworkConfig, Precision
from srgan_tf.models.generator import generator
from srgan_tf.models.layers import ShuffledConv2D

MODELS = ("srresnet", *BASELINES)
"""The networks that `train.py --model` can train."""


def network(
    config: NetworkConfig,
    *,
    precision: Precision = Precision(),
    synchronized: bool = False,
    sub_pixel_constraint: str = "none",
) -> keras.Model:
    """Returns the network of a config, with random weights.

    Args:
      config: the kind of network and its size; `config_of` gives it back.
      precision: numeric types of its layers.
      synchronized: batch statistics over all replicas; the baselines have none.
      sub_pixel_constraint: see `srgan_tf.models.generator.generator`; the baselines have none.

    Returns:
      Functional model: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about
      [-1, 1].
    """
    if isinstance(config, BaselineConfig):
        sizes = {name: getattr(config, name) for name in ("filters", "recursions")}
        sizes = {name: value for name, value in sizes.items() if value is not None}
        return BASELINES[config.model](config.scale, convolution=precision.convolution, **sizes)
    return generator(
        config, precision=precision, synchronized=synchronized, sub_pixel_constraint=sub_pixel_constraint
    )


def config_of(model: keras.Model) -> NetworkConfig:
    """Returns the config that a network was made from, which its maker keeps with it.

    Raises:
      ValueError: the model is no generator of ours.
    """
    config = getattr(model, "network_config", None)
    if config is None:
        raise ValueError(
            "expected a generator of srgan_tf.models.networks.network or srgan_tf.load. "
            f"Received: {model.name}"
        )
    return config


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
        behind = 2 + config.recursions + 2 if config.model == "drcn" else 4 + 2 + 2
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
