"""Figures that look at pictures as a whole: NIQE, and the distance of VGG features."""

from pathlib import Path

import numpy as np

from srgan_tf.data.ranges import hr_from_uint8
from srgan_tf.evaluation.cache import file_digest
from srgan_tf.evaluation.results import Measure
from srgan_tf.losses import feature_loss
from srgan_tf.metrics.niqe import load_model, niqe
from srgan_tf.models.vgg import feature_extractor


def niqe_measure(path: Path) -> Measure:
    """NIQE with the parameters of a file; lower is more natural.

    Raises:
      UsageError: the file holds no parameters.
    """
    model = load_model(path)
    return Measure(("NIQE",), f"niqe {file_digest(path)}", lambda sr, _: (niqe(sr, model),))


def feature_measure(layer: str, weights: str) -> Measure:
    """The paper's VGG content loss between SR and HR, on whole pictures; lower is closer.

    Args:
      layer: "vgg22" or "vgg54".
      weights: as in `srgan_tf.models.vgg.feature_extractor`.

    Returns:
      The measure. It is called l_VGG22 or l_VGG54 only with VGG-19's own weights; with a `.keras` file,
      whose layers can be anything, it carries the file's name.

    Raises:
      UsageError: the weights cannot be had.
    """
    features = feature_extractor(layer, weights)
    name = f"features({Path(weights).stem})" if weights.endswith(".keras") else f"l_{layer.upper()}"
    known = file_digest(Path(weights)) or weights

    def distance(sr: np.ndarray, hr: np.ndarray) -> tuple[float]:
        of_sr, of_hr = (features(hr_from_uint8(picture)[np.newaxis]) for picture in (sr, hr))
        return (float(feature_loss(of_hr, of_sr)),)

    return Measure((name,), f"{layer} {known}", distance)
