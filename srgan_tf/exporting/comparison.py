"""Real images for an export: some calibrate int8 files, every file is compared on the others."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from srgan_tf.data.degradation import crop_to_multiple, downscale
from srgan_tf.data.ranges import lr_from_uint8, uint8_from_sr
from srgan_tf.data.sources import open_source
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.images import decode_rgb
from srgan_tf.metrics.score import psnr

CALIBRATION_PIXELS = 24 * 64 * 64
"""LR pixels in all; calibration runs on slow kernels, and more hardly moves the ranges."""
COMPARED_CROPS = 6
IMAGES = 32
SIDE = 64
"""Side of the crops, LR pixels, where no file asks for another."""
LEAST_PSNR = 30.0
"""Decibels below which a file counts as another model."""


@dataclass(frozen=True)
class Images:
    """Two sets of images without an image in common.

    Attributes:
      calibration: HR images, uint8 (H, W, 3), for the ranges of int8.
      compared: HR images for the figures.
      scale: HR pixels for each LR pixel, along one side.
    """

    calibration: tuple[np.ndarray, ...]
    compared: tuple[np.ndarray, ...]
    scale: int

    def calibration_crops(self, side: int | None) -> list[np.ndarray]:
        """Returns LR batches of one crop each, float32 (1, side, side, 3) in [0, 1]; None takes `SIDE`."""
        side = side or SIDE
        return [self._crop(self.calibration, i, side) for i in range(max(CALIBRATION_PIXELS // side**2, 1))]

    def compared_crops(self, side: int | None) -> list[np.ndarray]:
        """Returns the same of the images for the figures."""
        return [self._crop(self.compared, i, side or SIDE) for i in range(COMPARED_CROPS)]

    def _crop(self, images: tuple[np.ndarray, ...], index: int, side: int) -> np.ndarray:
        image = images[index % len(images)]
        hr_side = side * self.scale
        places = np.random.default_rng(index).uniform(size=2)
        lengths = image.shape[:2]
        top, left = (int(p * max(length - hr_side, 0)) for p, length in zip(places, lengths, strict=True))
        hr = crop_to_multiple(image[top : top + hr_side, left : left + hr_side], self.scale)
        lr = downscale(hr, self.scale, "matlab")
        missing = [(0, side - length) for length in lr.shape[:2]]
        return lr_from_uint8(np.pad(lr, [*missing, (0, 0)], mode="symmetric"))[None]


def open_images(spec: str, scale: int) -> Images:
    """Returns the images of an export; every fourth one is for the figures, the others for calibration.

    Args:
      spec: as `srgan_tf.data.sources.open_source` takes it, such as a folder or "sample".
      scale: of the generator.

    Raises:
      UsageError: it cannot be opened, or holds fewer than two usable images.
    """
    source = open_source(spec, min_size=scale)
    if len(source) < 2:
        raise UsageError(f"--calibration={spec}: one usable image; expected two or more")
    indices = np.unique(np.linspace(0, len(source) - 1, IMAGES).astype(int))
    images = [decode_rgb(source.read(int(i))) for i in indices]
    step = 4 if len(images) > 4 else len(images)
    calibration = [image for i, image in enumerate(images) if i % step]
    return Images(tuple(calibration), tuple(images[::step]), scale)


class Reference:
    """The Keras model's results on the images, which every exported file is compared with.

    Args:
      model: a generator.
      images: of the export.
    """

    def __init__(self, model: keras.Model, images: Images) -> None:
        self._model = model
        self._images = images
        self._results: dict[int | None, list[np.ndarray]] = {}

    def closeness(self, name: str, run: Callable[[np.ndarray], np.ndarray], side: int | None = None) -> float:
        """Returns the PSNR of a file's results against the model's; see `parity`.

        Args:
          name: of the file, for messages.
          run: LR batch -> SR batch, by the file.
          side: of its input, LR pixels; None for any.
        """
        crops = self._images.compared_crops(side)
        if side not in self._results:
            self._results[side] = [self._model(lr, training=False).numpy() for lr in crops]
        return parity(name, [run(lr) for lr in crops], self._results[side])


def parity(name: str, outputs: list[np.ndarray], expected: list[np.ndarray]) -> float:
    """Returns the PSNR of a file's 8-bit RGB results against the model's in decibels, over all together.

    Args:
      name: of the file, for messages.
      outputs: its SR batches, float32, nominally in [-1, 1].
      expected: those of the Keras model.

    Raises:
      WorkError: a value is not finite, or the PSNR is below `LEAST_PSNR`.
    """
    for sr in outputs:
        if not np.isfinite(sr).all():
            raise WorkError(f"{name}: its result of an image has NaN or infinity; it was not kept")
    ours, theirs = (
        np.concatenate([uint8_from_sr(sr).ravel() for sr in batches]) for batches in (outputs, expected)
    )
    decibels = psnr(ours, theirs)
    if decibels < LEAST_PSNR:
        raise WorkError(
            f"{name}: {decibels:.1f} dB against the float model, expected {LEAST_PSNR:.0f} dB or more; it "
            "was not kept. More, or more varied, images in --calibration may help"
        )
    return decibels
