"""Any network that upscales images, from its config."""

import keras

from srgan_tf.models.baselines import BASELINES
from srgan_tf.models.config import BaselineConfig, NetworkConfig, Precision
from srgan_tf.models.generator import generator

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
        return BASELINES[config.model](config.scale, convolution=precision.convolution)
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
