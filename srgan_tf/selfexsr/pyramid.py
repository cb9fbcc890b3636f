"""The pyramid of an image: level 0 is the input, levels from 1 on are smaller, those below 0 are synthesised.

Source: Huang, Singh and Ahuja, "Single Image Super-Resolution from Transformed Self-Exemplars", CVPR 2015,
section 3.1. Neighbouring levels differ by about 2^(1/3) in their sides. For a factor that is no power of
that, the ratio is the nearest one that reaches the factor in whole steps.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

LEVELS_BELOW = 9
"""Levels that are made by shrinking the input: a source is up to eight times as large as its target."""

STEPS_PER_OCTAVE = 3

SMALLEST = 3
"""Shortest side of a level of sources, pixels; smaller ones have no texture to be found."""

PADDING = 2**18
"""Tables of bands are padded to a multiple of this, so that images of one size class share compiled code."""


@dataclass(frozen=True)
class Scale:
    """The levels of a factor.

    Attributes:
      factor: SR side over LR side, 2 or more.
    """

    factor: int

    @property
    def steps(self) -> int:
        """The number of levels above the input; level -steps is the result."""
        return round(STEPS_PER_OCTAVE * math.log2(self.factor))

    @property
    def ratio(self) -> float:
        """Side of a level over that of the next smaller one."""
        return self.factor ** (1 / self.steps)

    def size(self, height: int, width: int, level: int) -> tuple[int, int]:
        """Returns height and width of a level of an input of (height, width); 1 at least."""
        shrinking = self.ratio**-level
        return max(round(height * shrinking), 1), max(round(width * shrinking), 1)

    def lowest(self, height: int, width: int) -> int:
        """Returns the number of the smallest level of sources, 1 to `LEVELS_BELOW`."""
        levels = range(2, LEVELS_BELOW + 1)
        return max((n for n in levels if min(self.size(height, width, n)) >= SMALLEST), default=1)


@dataclass(frozen=True, eq=False)
class Bands:
    """The levels of an image, one behind the other, in two bands.

    The high band of a level is the level; its low band is the next smaller level at the size of this one.
    So a target, which is known in its low band only, is matched with low bands and filled from high bands.

    Attributes:
      scale: of the levels.
      top: the level of the first entry of `first`, `height` and `width`.
      first: int32 (levels,), place of each level's first pixel in the tables.
      height: int32 (levels,), of each level.
      width: int32 (levels,), of each level.
      low: float32 (C, pixels), the low bands.
      high: float32 (C, pixels), the high bands.
    """

    scale: Scale
    top: int
    first: np.ndarray
    height: np.ndarray
    width: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def lowest(self) -> int:
        """The smallest level of sources."""
        return self.top + len(self.first) - 1

    def size(self, level: int) -> tuple[int, int]:
        """Returns height and width of a level."""
        return int(self.height[level - self.top]), int(self.width[level - self.top])

    def image(self, band: np.ndarray, level: int) -> np.ndarray:
        """Returns a level of a table: a view (C, height, width)."""
        first, (height, width) = self.first[level - self.top], self.size(level)
        return band[:, first : first + height * width].reshape(len(band), height, width)

    def put(self, band: np.ndarray, level: int, image: np.ndarray) -> None:
        """Writes a level, float32 (height, width, C), into a table."""
        self.image(band, level)[:] = image.transpose(2, 0, 1)


def bands_of(image: np.ndarray, scale: Scale) -> Bands:
    """Returns the bands of an image, with room for the levels that are still to be synthesised.

    Every level is made from the image, not from its neighbour.

    Args:
      image: float32 (h, w, C), the input, in [0, 1].
      scale: of the levels.
    """
    lowest = scale.lowest(*image.shape[:2])
    sizes = [scale.size(*image.shape[:2], level) for level in range(-scale.steps, lowest + 1)]
    height, width = np.array(sizes, np.int32).T
    ends = np.cumsum(height * width, dtype=np.int32)
    # One row and one pixel more than the levels have, which bilinear sampling reads with a weight of 0.
    room = -(-(int(ends[-1]) + int(width[-1]) + 1) // PADDING) * PADDING
    low, high = (np.zeros((image.shape[2], room), np.float32) for _ in range(2))
    bands = Bands(scale, -scale.steps, ends - height * width, height, width, low, high)
    this = image
    for level in range(lowest + 1):
        smaller = resized(image, scale.size(*image.shape[:2], level + 1))
        bands.put(high, level, this)
        bands.put(low, level, resized(smaller, bands.size(level)))
        this = smaller
    return bands


def keys(distance: np.ndarray) -> np.ndarray:
    """Returns Keys' cubic kernel with a = -1/2, the kernel of MATLAB's `imresize`."""
    t = np.abs(distance)
    near = (1.5 * t - 2.5) * t * t + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def resizing(length: int, new_length: int) -> sparse.csr_array:
    """Returns the matrix of bicubic resizing along one axis, as MATLAB's `imresize` does it.

    The kernel is widened where the image shrinks. Borders are mirrored.

    Returns:
      float32 (new_length, length); its rows sum to 1.
    """
    ratio = new_length / length
    stretch = min(ratio, 1.0)
    centre = (np.arange(new_length) + 0.5) / ratio - 0.5
    reach = 2 / stretch
    first = np.floor(centre - reach).astype(np.int64)
    taps = first[:, None] + np.arange(math.ceil(2 * reach) + 2)
    weights = keys((taps - centre[:, None]) * stretch)
    weights /= weights.sum(1, keepdims=True)
    folded = taps % (2 * length)
    folded = np.minimum(folded, 2 * length - 1 - folded)
    rows = np.repeat(np.arange(new_length), taps.shape[1])
    matrix = sparse.coo_array((weights.ravel(), (rows, folded.ravel())), (new_length, length)).tocsr()
    matrix.eliminate_zeros()
    return matrix.astype(np.float32)


def along_both(rows: sparse.csr_array, columns: sparse.csr_array, image: np.ndarray) -> np.ndarray:
    """Returns an image (h, w, C) with a matrix applied along each axis: float32 (H, W, C)."""
    height, width, channels = image.shape
    down = (rows @ image.reshape(height, -1)).reshape(-1, width, channels)
    across = columns @ np.ascontiguousarray(down.swapaxes(0, 1)).reshape(width, -1)
    return np.ascontiguousarray(across.reshape(columns.shape[0], rows.shape[0], channels).swapaxes(0, 1))


def resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns an image, float32 (h, w, C), at another (height, width), by MATLAB's bicubic."""
    return along_both(resizing(image.shape[0], size[0]), resizing(image.shape[1], size[1]), image)
