"""Tiles of an image whose results, put together, equal the result of the whole.

Every SR pixel depends on LR pixels within the network's receptive radius only. So a tile is read with a halo
of that width around the part that is kept. At the image's own border there is either no halo, because the
zeros that the network pads with belong there (the plain network, which figures are of), or a mirror image of
what lies inside (users' images, in which zeros would show). Nothing here needs TensorFlow.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from srgan_tf.errors import UsageError


@dataclass(frozen=True)
class Box:
    """A rectangle of an image, in pixels.

    Attributes:
      top: first row.
      left: first column.
      height: rows.
      width: columns.
    """

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """The slices that cut it out of an array (H, W, ...)."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def scaled(self, scale: int) -> "Box":
        """Returns the same rectangle of the image upscaled by `scale`."""
        return Box(self.top * scale, self.left * scale, self.height * scale, self.width * scale)

    def moved(self, down: int, right: int) -> "Box":
        """Returns a rectangle of the same size, somewhere else."""
        return Box(self.top + down, self.left + right, self.height, self.width)

    def seen_from(self, other: "Box") -> "Box":
        """Returns the same rectangle, counted from the top left corner of `other`."""
        return self.moved(-other.top, -other.left)

    def grown(self, halo: int, height: int, width: int) -> "Box":
        """Returns the rectangle with a halo on each side, as far as an image of (height, width) reaches."""
        top, left = max(self.top - halo, 0), max(self.left - halo, 0)
        bottom = min(self.top + self.height + halo, height)
        right = min(self.left + self.width + halo, width)
        return Box(top, left, bottom - top, right - left)


@dataclass(frozen=True)
class Tile:
    """A part of an image, with its halo.

    Attributes:
      read: the part that the network is given, in LR pixels of the image; `cut` cuts it out.
      keep: the part of it whose result is right, in LR pixels of the image.
    """

    read: Box
    keep: Box

    @property
    def keep_in_read(self) -> Box:
        """`keep` in LR pixels of the tile; `.scaled(scale).slices` cuts it out of the tile's result."""
        return self.keep.seen_from(self.read)


def tiles(height: int, width: int, tile: int, halo: int, mirror: bool = False) -> list[Tile]:
    """Returns the tiles of an image, row by row.

    With `sr[t.keep.scaled(s).slices] = network(cut(lr, t.read))[t.keep_in_read.scaled(s).slices]` for each
    of them, `sr` equals `network(lr)` if `halo` is at least `receptive_radius(network)`. With `mirror` it
    equals the middle of `network(mirrored)`, where `mirrored` is the image amid its mirror images.

    Args:
      height: of the image, LR pixels.
      width: of the image, LR pixels.
      tile: the largest side of the kept part, LR pixels; up to `tile + 2 * halo` are read.
      halo: pixels that are read around it, LR pixels.
      mirror: False if no halo reaches beyond the image, where a network sees zeros; True if each does.

    Returns:
      Tiles; their `keep` parts cover every pixel once and differ by one pixel in size at most.

    Raises:
      UsageError: a size is not positive, or the halo negative.
    """
    if min(height, width, tile) < 1 or halo < 0:
        raise UsageError(
            f"cannot cut {width}x{height} into tiles of {tile} with a halo of {halo}: "
            "expected sizes above 0 and a halo of 0 or more"
        )
    kept = [
        Box(top, left, bottom - top, right - left)
        for top, bottom in pairwise(_edges(height, tile))
        for left, right in pairwise(_edges(width, tile))
    ]
    if mirror:
        return [Tile(_around(keep, halo), keep) for keep in kept]
    return [Tile(keep.grown(halo, height, width), keep) for keep in kept]


def cut(image: np.ndarray, box: Box) -> np.ndarray:
    """Returns a rectangle of an image; beyond the borders the image is mirrored, its last row and column too.

    Mirrored so, LR of a mirrored HR image is mirrored LR: a network sees what it was trained on.

    Args:
      image: (H, W, ...).
      box: the rectangle, which may reach beyond the image on each side.

    Returns:
      (box.height, box.width, ...).
    """
    height, width = image.shape[:2]
    rows = _mirrored(np.arange(box.top, box.top + box.height), height)
    columns = _mirrored(np.arange(box.left, box.left + box.width), width)
    return image[rows[:, None], columns]


def _mirrored(places: np.ndarray, length: int) -> np.ndarray:
    """Positions folded back into 0 to length - 1."""
    within = places % (2 * length)
    return np.minimum(within, 2 * length - 1 - within)


def _around(box: Box, halo: int) -> Box:
    return Box(box.top - halo, box.left - halo, box.height + 2 * halo, box.width + 2 * halo)


def _edges(length: int, tile: int) -> list[int]:
    """The cuts of a side: equal parts, so that no sliver is left at the end that costs a whole halo."""
    parts = -(-length // tile)
    return [i * length // parts for i in range(parts + 1)]
