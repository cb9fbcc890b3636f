"""Generators in files: the weights released with the package, and `.keras` files.

Both hold the weights and the network's config: a `.keras` file among what Keras stores of the model, a
released model in its card. Keras is imported where it is needed: int8 works on released weights without it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srgan_tf.errors import UsageError
from srgan_tf.files import replacing, write_text

if TYPE_CHECKING:
    import keras

    from srgan_tf.models.config import NetworkConfig, Precision

RELEASED = Path(__file__).parent.parent / "weights"
"""`NAME.npz`, the weights, and `NAME.json`, their card, with their checksum."""


DEFAULT = "srgan-photo"


def names() -> tuple[str, ...]:
    """Returns the names of the released models."""
    return tuple(sorted(path.stem for path in RELEASED.glob("*.json")))


def default() -> str:
    """Returns the released model that upscales where none is named.

    It is the one that does best on the mixed case of docs/photographs.md, a photograph of a phone.
    """
    return next((name for name in (DEFAULT, "srgan", "srresnet") if name in names()), DEFAULT)


def card(name: str) -> dict[str, Any]:
    """Returns the card of a released model: training, data, metrics, licence, checksum."""
    return json.loads((RELEASED / f"{name}.json").read_text(encoding="utf-8"))


def load(name_or_file: str | Path, precision: Precision | None = None) -> keras.Model:
    """Returns a generator, ready to use.

    Args:
      name_or_file: a released model's name or a `.keras` file.
      precision: numeric types of its layers.

    Returns:
      Functional model: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about
      [-1, 1]. `config_of` gives its config.

    Raises:
      UsageError: no such name or file, or it is damaged.
    """
    if str(name_or_file) in names():
        return _released(str(name_or_file), precision)
    return _saved(Path(name_or_file), precision)


def save(weights: list[np.ndarray], config: NetworkConfig, path: Path) -> None:
    """Writes a generator to a `.keras` file, complete or not at all.

    Args:
      weights: what `keras.Model.get_weights` gives of a network of this config.
      config: of the network.
      path: a `.keras` file.
    """
    from srgan_tf.models.networks import network

    plain = network(config)  # float32 layers and no synchronized statistics, whatever it was trained with
    plain.set_weights(weights)
    with replacing(path) as beside:
        plain.save(beside)


def release(model: keras.Model, name: str, facts: dict[str, Any], folder: Path = RELEASED) -> None:
    """Writes a model and its card.

    Kernels are stored in float16; vectors (biases, slopes, batch statistics) stay in float32, since small
    variances do not survive float16 and they weigh next to nothing.

    Args:
      model: a generator.
      name: of the released model.
      facts: the card, but for the name, the network's config and the checksum.
      folder: the directory of both files.
    """
    from srgan_tf.models.networks import config_of

    arrays = {
        f"w{i}": weight.astype(np.float16 if weight.ndim > 1 else np.float32)
        for i, weight in enumerate(model.get_weights())
    }
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    with replacing(folder / f"{name}.npz") as beside:
        beside.write_bytes(file.getvalue())
    config = dataclasses.asdict(config_of(model))
    whole = {
        "name": name,
        **facts,
        "generator": {key: value for key, value in config.items() if value is not None},
        "sha256": hashlib.sha256(file.getvalue()).hexdigest(),
    }
    write_text(folder / f"{name}.json", json.dumps(whole, indent=2) + "\n")


def released_weights(name: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Returns a released model's weights, after verifying the checksum of their file.

    Returns:
      The values of its network's config, and float32 arrays in the order of `keras.Model.get_weights`.

    Raises:
      UsageError: the file is damaged.
    """
    facts = card(name)
    content = (RELEASED / f"{name}.npz").read_bytes()
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise UsageError(
            f"{RELEASED / name}.npz: damaged (its checksum is not the card's); install the package again"
        )
    with np.load(io.BytesIO(content)) as arrays:
        return facts["generator"], [arrays[f"w{i}"].astype(np.float32) for i in range(len(arrays))]


def _released(name: str, precision: Precision | None) -> keras.Model:
    from srgan_tf.models.config import Precision, config_from
    from srgan_tf.models.networks import network

    values, arrays = released_weights(name)
    model = network(config_from(values), precision=precision or Precision())
    model.set_weights(arrays)
    return model


def _saved(path: Path, precision: Precision | None) -> keras.Model:
    """Returns the network of a `.keras` file."""
    import keras

    from srgan_tf.models.config import Precision
    from srgan_tf.models.networks import network

    if not path.is_file():
        released = ", ".join(names()) or "none in this version"
        raise UsageError(
            f"{path}: no such model; expected a .keras file, a run directory or a released name ({released})"
        )
    try:
        model = keras.saving.load_model(path, compile=False)
        config = getattr(model, "network_config", None) or _config_by_layers(model)
    except Exception as error:  # Keras raises many kinds for a damaged file
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UsageError(f"{path}: not a generator saved by this program ({reason})") from error
    result = network(config, precision=precision or Precision())
    result.set_weights(model.get_weights())
    return result


def _config_by_layers(model: keras.Model) -> NetworkConfig:
    """Returns the config of a model whose file does not say it, read off its name and layers.

    Raises:
      ValueError: the model is no generator of ours.
    """
    import keras

    from srgan_tf.models.baselines import BASELINES
    from srgan_tf.models.config import SHUFFLES, BaselineConfig, GeneratorConfig
    from srgan_tf.models.generator import BODY_END

    names = {layer.name: layer for layer in model.layers}
    if model.name in BASELINES:
        return BaselineConfig(model.name, names["bicubic"].scale)
    blocks = sum(name.startswith("block") and name.endswith("_conv1") for name in names)
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
    return GeneratorConfig(scales[0], blocks, filters, activation, skip_connections=BODY_END in names)
