"""Cutting a picture into overlapping pieces whose results, put together, equal the result of the whole.

Every SR pixel depends on LR pixels within the network's receptive radius only. So a piece is read with a
margin of that width around what is kept of it; at the picture's own border there is no margin, because the
zeros that the network pads with belong there. Nothing here needs TensorFlow.
"""

from dataclasses import dataclass
from itertools import pairwise

from srgan_tf.errors import UsageError


@dataclass(frozen=True)
class Box:
    """A rectangle of a picture, in pixels.

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
        """What cuts it out of an array (H, W, ...)."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def scaled(self, scale: int) -> "Box":
        """The same rectangle of the picture enlarged by `scale`."""
        return Box(self.top * scale, self.left * scale, self.height * scale, self.width * scale)

    def moved(self, down: int, right: int) -> "Box":
        """The same size, somewhere else."""
        return Box(self.top + down, self.left + right, self.height, self.width)

    def seen_from(self, other: "Box") -> "Box":
        """The same rectangle, counted from the top left corner of `other`."""
        return self.moved(-other.top, -other.left)

    def grown(self, margin: int, height: int, width: int) -> "Box":
        """The rectangle with a margin on each side, as far as a picture of (height, width) reaches."""
        top, left = max(self.top - margin, 0), max(self.left - margin, 0)
        bottom = min(self.top + self.height + margin, height)
        right = min(self.left + self.width + margin, width)
        return Box(top, left, bottom - top, right - left)


@dataclass(frozen=True)
class Tile:
    """A piece of a picture.

    Attributes:
      read: what the network is given, in LR pixels of the picture.
      keep: the part of it whose result is right, in LR pixels of the picture.
    """

    read: Box
    keep: Box

    @property
    def keep_in_read(self) -> Box:
        """`keep` in LR pixels of the piece; `.scaled(scale).slices` cuts it out of the piece's result."""
        return self.keep.seen_from(self.read)


def tiles(height: int, width: int, tile: int, overlap: int) -> list[Tile]:
    """Cuts a picture into pieces, row by row.

    With `sr[t.keep.scaled(s).slices] = network(lr[t.read.slices])[t.keep_in_read.scaled(s).slices]` for each
    of them, `sr` equals `network(lr)` if `overlap` is at least `receptive_radius(network)`.

    Args:
      height: of the picture, LR pixels.
      width: of the picture, LR pixels.
      tile: the largest side of what is kept of a piece, LR pixels; up to `tile + 2 * overlap` are read.
      overlap: the margin that is read around it, LR pixels.

    Returns:
      The pieces; their `keep` parts cover every pixel once and differ by one pixel in size at most.

    Raises:
      UsageError: a size is not positive, or the overlap negative.
    """
    if min(height, width, tile) < 1 or overlap < 0:
        raise UsageError(
            f"cannot cut {width}x{height} into tiles of {tile} with overlap {overlap}: "
            "expected sizes above 0 and an overlap of 0 or more"
        )
    kept = [
        Box(top, left, bottom - top, right - left)
        for top, bottom in pairwise(_edges(height, tile))
        for left, right in pairwise(_edges(width, tile))
    ]
    return [Tile(keep.grown(overlap, height, width), keep) for keep in kept]


def _edges(length: int, tile: int) -> list[int]:
    """Where a side is cut: equal parts, so that no sliver is left at the end that costs a whole margin."""
    parts = -(-length // tile)
    return [i * length // parts for i in range(parts + 1)]
