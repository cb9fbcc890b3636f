"""A generator by the name that a user gives it."""

from pathlib import Path

import keras

from srgan_tf.models import weights
from srgan_tf.models.precision import Precision
from srgan_tf.run_directory import weights_file


def load(name_or_path: str | Path, precision: Precision = Precision()) -> keras.Model:
    """Returns a generator, ready to use.

    Args:
      name_or_path: a released model's name, a `.keras` file, or a run directory, of which the newest weights
        of the second phase are taken, or of the first where there is no second.
      precision: numeric types of its layers.

    Returns:
      Functional model: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about
      [-1, 1].

    Raises:
      UsageError: no such name or path, or a file that is damaged.
    """
    if str(name_or_path) in weights.names():
        return weights.load(name_or_path, precision)
    return weights.load(weights_file(Path(name_or_path).expanduser()), precision)
