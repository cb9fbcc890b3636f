"""Generators by name, file or run: the weights released with the package, and one's own."""

import dataclasses
import hashlib
import io
import json
from pathlib import Path

import keras
import numpy as np

from srgan_tf.errors import UsageError
from srgan_tf.files import replacing, write_text
from srgan_tf.models.baselines import BaselineConfig
from srgan_tf.models.generator import GeneratorConfig
from srgan_tf.models.networks import NetworkConfig, network
from srgan_tf.models.precision import Precision
from srgan_tf.models.saved import config_of, load_generator
from srgan_tf.run_directory import RunDirectory, newest_weights

RELEASED = Path(__file__).parent.parent / "weights"
"""`NAME.npz`, the weights, and `NAME.json`, the card that says what they are, with their checksum."""


def names() -> tuple[str, ...]:
    """The released models."""
    return tuple(sorted(path.stem for path in RELEASED.glob("*.json")))


def default() -> str:
    """The released model that is taken where none is named: srgan, or else srresnet."""
    return next((name for name in ("srgan", "srresnet") if name in names()), "srgan")


def load(name_or_path: str | Path, precision: Precision = Precision()) -> keras.Model:
    """A generator, ready to use.

    Args:
      name_or_path: a released model's name, a `.keras` file, or a run directory, of which the newest weights
        of the second phase are taken, or of the first where there is no second.
      precision: numeric types of its layers.

    Returns:
      Functional model: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3) in [-1, 1].

    Raises:
      UsageError: no such name or path, or a file that is damaged.
    """
    if str(name_or_path) in names():
        model = load_released(str(name_or_path))
    else:
        model = load_generator(weights_file(Path(name_or_path)))
    if precision == Precision():
        return model
    reduced = network(config_of(model), precision=precision)
    reduced.set_weights(model.get_weights())
    return reduced


def weights_file(path: Path) -> Path:
    """The `.keras` file that a path stands for: itself, or the newest of a run directory.

    Raises:
      UsageError: no such path, or no weights in the directory.
    """
    if path.is_dir():
        runs = [RunDirectory(root) for root in (path / "gan", path / "pretrain", path)]
        found = [weights for run in runs if (weights := newest_weights(run))]
        if not found:
            raise UsageError(
                f"{path}: no weights in this directory; expected gan/weights or pretrain/weights"
            )
        return found[0]
    if not path.exists():
        released = ", ".join(names()) or "none in this version"
        raise UsageError(
            f"{path}: no such model; expected a .keras file, a run directory or a released name ({released})"
        )
    return path


def card(name: str) -> dict:
    """What is said of a released model: training, data, figures, licence, checksum."""
    return json.loads((RELEASED / f"{name}.json").read_text(encoding="utf-8"))


def load_released(name: str) -> keras.Model:
    """A released generator; its file's checksum is verified.

    Raises:
      UsageError: the file is not the one its card describes.
    """
    facts = card(name)
    content = (RELEASED / f"{name}.npz").read_bytes()
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise UsageError(
            f"{RELEASED / name}.npz: damaged (its checksum is not the card's); install the package again"
        )
    values = facts["generator"]
    model = network(BaselineConfig(**values) if "model" in values else GeneratorConfig(**values))
    with np.load(io.BytesIO(content)) as arrays:
        model.set_weights([arrays[f"w{i}"].astype(np.float32) for i in range(len(model.weights))])
    return model


def release(
    model: keras.Model, config: NetworkConfig, name: str, facts: dict, folder: Path = RELEASED
) -> None:
    """Writes a model and its card.

    Kernels are stored in float16; vectors (biases, slopes, batch statistics) stay in float32, since small
    variances do not survive float16 and they weigh next to nothing.

    Args:
      model: a generator.
      config: its size.
      name: what it is to be called.
      facts: the rest of the card.
      folder: where to.
    """
    arrays = {
        f"w{i}": weight.astype(np.float16 if weight.ndim > 1 else np.float32)
        for i, weight in enumerate(model.get_weights())
    }
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    with replacing(folder / f"{name}.npz") as beside:
        beside.write_bytes(file.getvalue())
    whole = {
        "name": name,
        **facts,
        "generator": dataclasses.asdict(config),
        "sha256": hashlib.sha256(file.getvalue()).hexdigest(),
    }
    write_text(folder / f"{name}.json", json.dumps(whole, indent=2) + "\n")
