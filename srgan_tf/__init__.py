"""SRResNet and SRGAN (Ledig et al., CVPR 2017) in TensorFlow and Keras.

    model = srgan_tf.load("srgan")                 # a released name, a .keras file or a run directory
    sr = srgan_tf.upscale(model, image)            # uint8 (h, w, 3) -> uint8 (4*h, 4*w, 3)

Importing the package does not start TensorFlow; the first use of either does.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from srgan_tf.models.config import Precision

__all__ = ["load", "upscale"]


def load(name_or_path: str | Path, precision: Precision | None = None) -> keras.Model:
    """Returns a generator, ready to use.

    Args:
      name_or_path: a released model's name, a `.keras` file, or a run directory, of which the newest weights
        of the second phase are taken, or of the first where there is no second.
      precision: numeric types of its layers; None is float32.

    Returns:
      Functional model: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about
      [-1, 1].

    Raises:
      UsageError: no such name or path, no weights in the directory, or a file that is damaged.
    """
    from srgan_tf.errors import UsageError
    from srgan_tf.models import weights
    from srgan_tf.models.config import Precision
    from srgan_tf.run_directory import weights_file

    if "://" in str(name_or_path):
        raise UsageError(f"{name_or_path}: an address; download the model and give its file")
    released = str(name_or_path) in weights.names()
    file = name_or_path if released else weights_file(Path(name_or_path).expanduser())
    return weights.load(file, precision or Precision())


def __getattr__(name: str) -> Any:
    if name != "upscale":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module("srgan_tf.inference.upscaler").upscale


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
