"""LR pieces of real photographs: what int8 files are calibrated on, and exported files compared on."""

from dataclasses import dataclass

import numpy as np

from srgan_tf.data.degradation import crop_to_multiple, downscale
from srgan_tf.data.ranges import lr_from_uint8
from srgan_tf.data.sources import open_source
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb

CALIBRATION_PIXELS = 24 * 64 * 64
"""LR pixels in all; calibration runs on slow kernels, and more hardly moves the ranges."""
COMPARED_CROPS = 6
PICTURES = 32
SIDE = 64
"""Side of the pieces, LR pixels, where no file asks for another."""


@dataclass(frozen=True)
class Photographs:
    """Two sets of pictures without a picture in common.

    Attributes:
      calibration: HR pictures, uint8 (H, W, 3), for choosing quantisation ranges.
      compared: HR pictures for figures.
      scale: how much smaller LR is.
    """

    calibration: tuple[np.ndarray, ...]
    compared: tuple[np.ndarray, ...]
    scale: int

    def calibration_crops(self, side: int | None) -> list[np.ndarray]:
        """LR batches of one piece each, float32 (1, side, side, 3) in [0, 1]; None takes `SIDE`."""
        side = side or SIDE
        return [self._crop(self.calibration, i, side) for i in range(max(CALIBRATION_PIXELS // side**2, 1))]

    def compared_crops(self, side: int | None) -> list[np.ndarray]:
        """The same of the pictures for figures."""
        return [self._crop(self.compared, i, side or SIDE) for i in range(COMPARED_CROPS)]

    def _crop(self, pictures: tuple[np.ndarray, ...], index: int, side: int) -> np.ndarray:
        picture = pictures[index % len(pictures)]
        hr_side = side * self.scale
        places = np.random.default_rng(index).uniform(size=2)
        lengths = picture.shape[:2]
        top, left = (int(p * max(length - hr_side, 0)) for p, length in zip(places, lengths, strict=True))
        hr = crop_to_multiple(picture[top : top + hr_side, left : left + hr_side], self.scale)
        lr = downscale(hr, self.scale, "matlab")
        missing = [(0, side - length) for length in lr.shape[:2]]
        return lr_from_uint8(np.pad(lr, [*missing, (0, 0)], mode="symmetric"))[None]


def open_photographs(spec: str, scale: int) -> Photographs:
    """Photographs for an export; every fourth one is for figures, the others for calibration.

    Args:
      spec: what `srgan_tf.data.sources.open_source` takes, such as a folder or "sample".
      scale: of the generator.

    Raises:
      UsageError: it cannot be opened, or holds fewer than two usable pictures.
    """
    source = open_source(spec, min_size=scale)
    if len(source) < 2:
        raise UsageError(f"--calibration={spec}: one usable picture; expected two or more photographs")
    indices = np.unique(np.linspace(0, len(source) - 1, PICTURES).astype(int))
    pictures = [decode_rgb(source.read(int(i))) for i in indices]
    compared = pictures[::4] if len(pictures) > 4 else pictures[:1]
    calibration = [p for i, p in enumerate(pictures) if (i % 4 if len(pictures) > 4 else i)]
    return Photographs(tuple(calibration), tuple(compared), scale)
