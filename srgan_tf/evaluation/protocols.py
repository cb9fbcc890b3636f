"""The evaluation protocols, and the metrics that belong to none: NIQE and the distance of VGG features."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from srgan_tf.data.degradation import Downscale
from srgan_tf.data.degradation.cases import CLEAN, Case
from srgan_tf.data.ranges import hr_from_uint8
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.store import digest, file_digest
from srgan_tf.losses import feature_loss
from srgan_tf.metrics import community, paper
from srgan_tf.metrics.niqe import load_model, niqe
from srgan_tf.metrics.score import Score
from srgan_tf.models.vgg import feature_extractor


@dataclass(frozen=True)
class Protocol:
    """A way to make LR and to compare SR with HR; values of different protocols do not compare.

    Attributes:
      rules: its name without the case.
      downscale: which bicubic makes LR from HR.
      score: function (sr, hr, border) of uint8 (H, W, 3) images to PSNR and SSIM.
      case: what LR goes through besides.
    """

    rules: str
    downscale: Downscale
    score: Callable[[np.ndarray, np.ndarray, int], Score]
    case: Case = CLEAN

    @property
    def name(self) -> str:
        """Stands beside every value: "paper", or "paper+jpeg75" where LR is degraded."""
        return self.rules if self.case == CLEAN else f"{self.rules}+{self.case.name}"


PROTOCOLS = {
    "paper": Protocol("paper", "pillow", paper.score),
    "community": Protocol("community", "matlab", community.score),
}
"""`paper`: the tables of Ledig et al. (CVPR 2017); `community`: what later papers and toolboxes report."""

CHOICES = (*PROTOCOLS, "both")


@dataclass(frozen=True)
class Metric:
    """Values of an image that belong to no protocol.

    Attributes:
      names: of the values, as in tables.
      fingerprint: text that changes when the values do.
      of: function (sr, hr) of uint8 (H, W, 3) images without their border, to a value per name.
    """

    names: tuple[str, ...]
    fingerprint: str
    of: Callable[[np.ndarray, np.ndarray], tuple[float, ...]]


def protocols_named(choice: str, cases: tuple[Case, ...] = (CLEAN,)) -> tuple[Protocol, ...]:
    """Returns the protocols of `--protocol`, one of `CHOICES`, each with every case of `--degradation`."""
    chosen = tuple(PROTOCOLS.values()) if choice == "both" else (PROTOCOLS[choice],)
    return tuple(replace(protocol, case=case) for protocol in chosen for case in cases)


def niqe_metric(given: str) -> Metric:
    """Returns NIQE; lower is more natural.

    Args:
      given: as in `--niqe`: "photographs", or a file with parameters.

    Raises:
      UsageError: the file holds no parameters.
    """
    try:
        model = load_model(given)
    except UsageError as error:
        raise UsageError(f"--niqe: {error}") from error
    fingerprint = digest("niqe", model.mean.tolist(), model.covariance.tolist())
    return Metric(("NIQE",), fingerprint, lambda sr, _: (niqe(sr, model),))


def feature_metric(layer: str, weights: str) -> Metric:
    """Returns the paper's VGG content loss between SR and HR, on whole images; lower is closer.

    It is called l_VGG22 or l_VGG54 only with VGG-19's own weights; with a `.keras` file, whose layers can be
    anything, it carries the file's name.

    Args:
      layer: "vgg22" or "vgg54".
      weights: as in `srgan_tf.models.vgg.feature_extractor`.

    Raises:
      UsageError: the weights cannot be had.
    """
    features = feature_extractor(layer, weights)
    name = f"features({Path(weights).stem})" if weights.endswith(".keras") else f"l_{layer.upper()}"
    known = file_digest(Path(weights)) or weights

    def distance(sr: np.ndarray, hr: np.ndarray) -> tuple[float]:
        of_sr, of_hr = (features(hr_from_uint8(image)[np.newaxis]) for image in (sr, hr))
        return (float(feature_loss(of_hr, of_sr)),)

    return Metric((name,), f"{layer} {known}", distance)
