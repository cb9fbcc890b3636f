"""The two evaluation protocols as values: how LR is made, and how a picture is scored against HR."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from srgan_tf.data.degradation import Downscale
from srgan_tf.metrics import community, paper
from srgan_tf.metrics.score import Score


@dataclass(frozen=True)
class Protocol:
    """A way to make LR and to score SR; figures of different protocols do not compare.

    Attributes:
      name: stands beside every figure.
      downscale: which bicubic makes LR from HR.
      score: function (sr, hr, border) of uint8 (H, W, 3) pictures to PSNR and SSIM.
    """

    name: str
    downscale: Downscale
    score: Callable[[np.ndarray, np.ndarray, int], Score]


PROTOCOLS = {
    "paper": Protocol("paper", "pillow", paper.score),
    "community": Protocol("community", "matlab", community.score),
}
"""`paper`: the tables of Ledig et al. (CVPR 2017); `community`: what later papers and toolboxes report."""

CHOICES = (*PROTOCOLS, "both")


def protocols_named(choice: str) -> tuple[Protocol, ...]:
    """The protocols of `--protocol`.

    Args:
      choice: one of `CHOICES`.
    """
    return tuple(PROTOCOLS.values()) if choice == "both" else (PROTOCOLS[choice],)
