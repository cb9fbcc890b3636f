"""Any network that enlarges pictures, from its config."""

import keras

from srgan_tf.models.baselines import BASELINES, BaselineConfig
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.precision import Precision

NetworkConfig = GeneratorConfig | BaselineConfig

MODELS = ("srresnet", *BASELINES)
"""What `train.py --model` can train."""


def network(
    config: NetworkConfig,
    *,
    precision: Precision = Precision(),
    synchronized: bool = False,
    sub_pixel_constraint: str = "none",
) -> keras.Model:
    """The network of a config, with random weights.

    Args:
      config: which one, and its size.
      precision: numeric types of its layers.
      synchronized: batch statistics over all replicas; the baselines have none.
      sub_pixel_constraint: see `srgan_tf.models.generator.generator`; the baselines have none.

    Returns:
      Functional model: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about
      [-1, 1].
    """
    if isinstance(config, BaselineConfig):
        return BASELINES[config.model](config.scale, convolution=precision.convolution)
    return generator(
        config, precision=precision, synchronized=synchronized, sub_pixel_constraint=sub_pixel_constraint
    )
