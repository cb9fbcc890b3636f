"""What an evaluation holds: a figure for every picture, and what went wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from srgan_tf.evaluation.methods import Method
from srgan_tf.evaluation.originals import Original
from srgan_tf.evaluation.protocols import Protocol


@dataclass(frozen=True)
class Measure:
    """Figures of a picture that belong to no protocol.

    Attributes:
      names: of the figures, as in tables.
      fingerprint: text that changes when the figures do.
      of: function (sr, hr) of uint8 (H, W, 3) pictures without their border, to a value per name.
    """

    names: tuple[str, ...]
    fingerprint: str
    of: Callable[[np.ndarray, np.ndarray], tuple[float, ...]]


@dataclass(frozen=True)
class Result:
    """What one picture scored.

    Attributes:
      protocol: the protocol of PSNR and SSIM, and of the LR that the picture was made from.
      benchmark: the data set.
      image: the image's name.
      method: the method's name.
      figures: "psnr" (dB, inf for identical luma), "ssim" and those of further measures, by name.
      picture: the SR picture, inside the report's folder.
    """

    protocol: str
    benchmark: str
    image: str
    method: str
    figures: dict[str, float]
    picture: str


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured.

    Attributes:
      methods: in the order asked for.
      protocols: likewise.
      originals: the HR images that could be read.
      figures: names of the figures: "psnr", "ssim" and those of further measures.
      scale: of the comparison.
      results: one per protocol, image and method.
      notes: a line for each data set that a method has no pictures of.
      problems: a line for each picture that could not be scored.
    """

    methods: tuple[Method, ...]
    protocols: tuple[Protocol, ...]
    originals: tuple[Original, ...]
    figures: tuple[str, ...]
    scale: int
    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def select(self, protocol: str, benchmark: str, method: str) -> dict[str, Result]:
        """The results of a method on a data set, by image."""
        return {
            r.image: r
            for r in self.results
            if (r.protocol, r.benchmark, r.method) == (protocol, benchmark, method)
        }

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The data sets, in order."""
        return tuple(dict.fromkeys(o.benchmark for o in self.originals))
