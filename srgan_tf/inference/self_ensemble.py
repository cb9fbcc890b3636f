"""The eight flips and rotations of an image, whose results are averaged.

Source: Timofte, Rothe and Van Gool, "Seven Ways to Improve Example-Based Single Image Super Resolution",
CVPR 2016, "enhanced prediction". An image is turned, upscaled and turned back in each of the eight ways. The
mean of the results errs less than one of them, at eight times the work, and is the same for an image however
it is turned. Nothing here needs TensorFlow.
"""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from srgan_tf.inference.tiling import Box

Turn = tuple[bool, bool, bool]
"""Whether rows and columns are exchanged, and whether rows and then columns are taken in reverse."""

TURNS: tuple[Turn, ...] = tuple(product((False, True), repeat=3))
"""The symmetries of a square: identity, three rotations and four reflections."""

Pieces = Callable[[np.ndarray, Box], Iterator[tuple[Box, np.ndarray]]]
"""Function (lr, kept): the SR of the part `kept` of LR (h, w, 3), in pieces, each with its place in it in LR
pixels."""


def turned(image: np.ndarray, turn: Turn) -> np.ndarray:
    """Returns a view of an image (H, W, ...), turned."""
    exchanged, up, left = turn
    image = image.swapaxes(0, 1) if exchanged else image
    return image[:: -1 if up else 1, :: -1 if left else 1]


def turned_box(box: Box, height: int, width: int, turn: Turn) -> Box:
    """Returns the place of a rectangle in the turned image.

    Args:
      box: in the image as it was.
      height: of that image.
      width: of that image.
      turn: one of `TURNS`.
    """
    exchanged, up, left = turn
    if exchanged:
        box, height, width = Box(box.left, box.top, box.width, box.height), width, height
    top = height - box.top - box.height if up else box.top
    return Box(top, width - box.left - box.width if left else box.left, box.height, box.width)


def averaged(pieces: Pieces, lr: np.ndarray, kept: Box, scale: int) -> np.ndarray:
    """Returns the mean SR of the eight turns of an image, before any rounding.

    Args:
      pieces: the network.
      lr: (h, w, 3).
      kept: the part of it whose SR is wanted.
      scale: SR side over LR side.

    Returns:
      float32 (scale * kept.height, scale * kept.width, 3); besides it, one turn's work is held at a time.
    """
    mean = np.zeros((kept.height * scale, kept.width * scale, 3), np.float32)
    for turn in TURNS:
        seen = turned(mean, turn)  # a view: what is added to it is turned back
        for place, sr in pieces(turned(lr, turn), turned_box(kept, *lr.shape[:2], turn)):
            seen[place.scaled(scale).slices] += sr
    mean /= len(TURNS)
    return mean


def mean_bytes(height: int, width: int, scale: int) -> int:
    """Returns the memory of the mean of a part of (height, width) LR pixels."""
    return height * width * scale**2 * 3 * 4
