"""Generators in files: one `.keras` file holds the network and its weights in float32."""

from pathlib import Path

import keras

from srgan_tf.errors import UsageError
from srgan_tf.files import replacing
from srgan_tf.models import layers  # noqa: F401 - registers the layers that saved generators use
from srgan_tf.models.baselines import BASELINES, BaselineConfig
from srgan_tf.models.generator import SHUFFLES, GeneratorConfig
from srgan_tf.models.networks import NetworkConfig, network


def save_generator(weights: list, config: NetworkConfig, path: Path) -> None:
    """Writes a generator, complete or not at all.

    Args:
      weights: what `keras.Model.get_weights` gives of a network of this config.
      config: which network, and its size.
      path: a `.keras` file.
    """
    plain = network(config)  # float32 layers and no synchronized statistics, whatever it was trained with
    plain.set_weights(weights)
    with replacing(path) as beside:
        plain.save(beside)


def load_generator(path: Path) -> keras.Model:
    """Reads a generator written by `save_generator`.

    Args:
      path: a `.keras` file.

    Returns:
      Functional model: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3) in [-1, 1].

    Raises:
      UsageError: no such file, or no generator in it.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such weights file")
    try:
        model = keras.saving.load_model(path, compile=False)
        config_of(model)
    except Exception as error:  # Keras raises many kinds for a damaged file
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UsageError(f"{path}: not a generator saved by this program ({reason})") from error
    return model


def config_of(model: keras.Model) -> NetworkConfig:
    """Which network it is and its size, read off its name and layers.

    Raises:
      ValueError: the model is no generator of ours.
    """
    names = {layer.name: layer for layer in model.layers}
    if model.name in BASELINES:
        return BaselineConfig(model.name, names["bicubic"].scale)
    blocks = sum(name.startswith("block") and name.endswith("_add") for name in names)
    filters = names["head_conv"].filters
    activation = "leaky_relu" if isinstance(names["head_act"], keras.layers.LeakyReLU) else "prelu"
    if "direct_conv" in names:
        scale = round((names["direct_conv"].filters / 3) ** 0.5)
        return GeneratorConfig(scale, blocks, filters, activation, "direct")
    factors = []
    while f"up{len(factors) + 1}_conv" in names:
        ratio = names[f"up{len(factors) + 1}_conv"].filters // filters
        factors.append(round(ratio**0.5))
    scales = [scale for scale, shuffles in SHUFFLES.items() if shuffles == tuple(factors)]
    if not scales or not blocks:
        raise ValueError(f"not the layers of a generator: {', '.join(names)}")
    return GeneratorConfig(scales[0], blocks, filters, activation)
