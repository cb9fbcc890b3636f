"""The results of an evaluation: the values of every image, and what went wrong."""

from dataclasses import dataclass

from srgan_tf.evaluation.methods import Method
from srgan_tf.evaluation.protocols import Protocol


@dataclass(frozen=True)
class Reference:
    """An HR image in the report, cropped to multiples of the scale.

    Attributes:
      dataset: its dataset.
      name: its name.
      file: inside the report's folder.
      size: width and height, pixels.
      detail: left and top of its most detailed square, pixels.
    """

    dataset: str
    name: str
    file: str
    size: tuple[int, int]
    detail: tuple[int, int]


@dataclass(frozen=True)
class Result:
    """The values of one SR image.

    Attributes:
      protocol: the protocol of PSNR and SSIM, and of the LR that the image was made from.
      dataset: its dataset.
      image: the HR image's name.
      method: the method's name.
      values: "psnr" (dB, inf for identical luma), "ssim" and those of further metrics, by name.
      file: the SR image, inside the report's folder.
    """

    protocol: str
    dataset: str
    image: str
    method: str
    values: dict[str, float]
    file: str


@dataclass(frozen=True)
class Evaluation:
    """Everything that was evaluated.

    Attributes:
      methods: in the order asked for.
      protocols: likewise.
      references: the HR images that could be read.
      metrics: names of the values: "psnr", "ssim" and those of further metrics.
      scale: of the comparison.
      results: one per method, image and protocol, in that order.
      notes: a line for each dataset that a method has no images of.
      problems: a line for each image that could not be evaluated.
    """

    methods: tuple[Method, ...]
    protocols: tuple[Protocol, ...]
    references: tuple[Reference, ...]
    metrics: tuple[str, ...]
    scale: int
    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def select(self, protocol: str, dataset: str, method: str) -> dict[str, Result]:
        """Returns the results of a method on a dataset, by image."""
        wanted = protocol, dataset, method
        return {r.image: r for r in self.results if (r.protocol, r.dataset, r.method) == wanted}

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets, in order."""
        return tuple(dict.fromkeys(r.dataset for r in self.references))
