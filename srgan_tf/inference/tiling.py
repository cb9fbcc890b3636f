"""Tiles of an image whose results, put together, equal the result of the whole.

Every SR pixel depends on LR pixels within the network's receptive radius only. So a tile is read with a halo
of that width around the part that is kept; at the image's own border there is no halo, because the zeros that
the network pads with belong there. Nothing here needs TensorFlow.
"""

from dataclasses import dataclass
from itertools import pairwise

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
      read: the part that the network is given, in LR pixels of the image.
      keep: the part of it whose result is right, in LR pixels of the image.
    """

    read: Box
    keep: Box

    @property
    def keep_in_read(self) -> Box:
        """`keep` in LR pixels of the tile; `.scaled(scale).slices` cuts it out of the tile's result."""
        return self.keep.seen_from(self.read)


def tiles(height: int, width: int, tile: int, halo: int) -> list[Tile]:
    """Returns the tiles of an image, row by row.

    With `sr[t.keep.scaled(s).slices] = network(lr[t.read.slices])[t.keep_in_read.scaled(s).slices]` for each
    of them, `sr` equals `network(lr)` if `halo` is at least `receptive_radius(network)`.

    Args:
      height: of the image, LR pixels.
      width: of the image, LR pixels.
      tile: the largest side of the kept part, LR pixels; up to `tile + 2 * halo` are read.
      halo: pixels that are read around it, LR pixels.

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
    return [Tile(keep.grown(halo, height, width), keep) for keep in kept]


def _edges(length: int, tile: int) -> list[int]:
    """The cuts of a side: equal parts, so that no sliver is left at the end that costs a whole halo."""
    parts = -(-length // tile)
    return [i * length // parts for i in range(parts + 1)]
