"""Straight lines of an image and the vanishing points in which they meet.

Huang, Singh and Ahuja (CVPR 2015, section 3.2) take both from another program. Here segments are the line
support regions of Burns, Hanson and Riseman, "Extracting straight lines", PAMI 8(4), 1986, and vanishing
points come from RANSAC, at most three of them.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

SHORTEST = 8.0
"""Shortest segment, pixels."""

THICKEST = 4.0
"""Largest extent of a segment's region across it, pixels; a sharp edge has about 3."""

WEAKEST = 0.02
"""Smallest gradient of an edge, of values in [0, 1] per pixel."""

SECTORS = 8
POINTS = 3
TRIALS = 2000
LARGEST_ANGLE = np.deg2rad(2.0)
"""Between a segment and the direction from its middle to the vanishing point that it supports."""

FEWEST = 5
"""Segments that a vanishing point needs, and the pairs of them that could meet by chance are fewer."""


@dataclass(frozen=True, eq=False)
class Segments:
    """Straight segments, in pixels.

    Attributes:
      middle: float64 (segments, 2), x and y.
      direction: float64 (segments, 2), of length 1.
      length: float64 (segments,).
    """

    middle: np.ndarray
    direction: np.ndarray
    length: np.ndarray

    def __len__(self) -> int:
        return len(self.length)

    def some(self, which: np.ndarray) -> "Segments":
        """Returns those at some places."""
        return Segments(self.middle[which], self.direction[which], self.length[which])

    @property
    def lines(self) -> np.ndarray:
        """Their lines as (a, b, c) with a x + b y + c = 0 and a^2 + b^2 = 1, (segments, 3)."""
        normal = np.stack([-self.direction[:, 1], self.direction[:, 0]], axis=1)
        return np.concatenate([normal, -(normal * self.middle).sum(1, keepdims=True)], axis=1)


def segments_of(grey: np.ndarray) -> Segments:
    """Returns the straight segments of an image, float (h, w) in [0, 1].

    A region is connected and has gradients of similar direction. Directions are cut into sectors in two ways,
    and a pixel belongs to the longer one of its two regions, so that no cut divides a line.
    """
    smooth = ndimage.gaussian_filter(grey.astype(np.float64), 0.6)
    dx, dy = ndimage.correlate1d(smooth, [-0.5, 0, 0.5], 1), ndimage.correlate1d(smooth, [-0.5, 0, 0.5], 0)
    strength = np.hypot(dx, dy)
    turns = np.arctan2(dy, dx) / (2 * np.pi) * SECTORS
    labels = [_regions(np.floor(turns + offset) % SECTORS, strength > WEAKEST) for offset in (0, 0.5)]
    fits = [_fitted(label, strength) for label in labels]
    first, second = (fit[2][label] for fit, label in zip(fits, labels, strict=True))
    found = []
    for label, (middle, direction, length, thickness), own in zip(
        labels, fits, (first >= second, first < second), strict=True
    ):
        count = np.bincount(label.ravel(), minlength=len(length))
        kept = np.bincount(label[own], minlength=len(length))
        good = (length >= SHORTEST) & (thickness < np.minimum(THICKEST, length / 2)) & (2 * kept > count)
        good[0] = False
        found.append(Segments(middle[good], direction[good], length[good]))
    one, other = found
    return Segments(
        np.concatenate([one.middle, other.middle]),
        np.concatenate([one.direction, other.direction]),
        np.concatenate([one.length, other.length]),
    )


def _regions(sector: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Numbers the connected regions of each sector, from 1 on; 0 is no edge."""
    labels = np.zeros(sector.shape, np.int64)
    count = 0
    for each in range(SECTORS):
        here, number = ndimage.label((sector == each) & edge, np.ones((3, 3)))
        labels[here > 0] = here[here > 0] + count
        count += number
    return labels


def _fitted(label: np.ndarray, strength: np.ndarray) -> tuple[np.ndarray, ...]:
    """Middle, direction, length and thickness of each region, from its moments; the first is of no region."""
    y, x = (axis.ravel() for axis in np.indices(label.shape))
    flat, weights = label.ravel(), strength.ravel()

    def sums(values: np.ndarray) -> np.ndarray:
        return np.bincount(flat, weights * values)

    mass = np.maximum(sums(np.ones(len(x))), 1e-12)
    mx, my = sums(x) / mass, sums(y) / mass
    xx, yy, xy = sums(x * x) / mass - mx**2, sums(y * y) / mass - my**2, sums(x * y) / mass - mx * my
    half, root = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    angle = np.arctan2(2 * xy, xx - yy) / 2
    # A segment of length l that is evenly covered has the variance l^2 / 12.
    length, thickness = (np.sqrt(12 * np.maximum(part, 0)) for part in (half + root, half - root))
    return np.stack([mx, my], 1), np.stack([np.cos(angle), np.sin(angle)], 1), length, thickness


def vanishing_points(segments: Segments, side: float, seed: int) -> list[tuple[np.ndarray, Segments]]:
    """Returns the points in which many segments meet, each with its segments; the strongest one first.

    Args:
      segments: of an image.
      side: the image's longer one, pixels.
      seed: of the trials.

    Returns:
      Up to three points, homogeneous (3,), in pixels.
    """
    random = np.random.default_rng(seed)
    left, found = segments, []
    while len(found) < POINTS and len(left) >= FEWEST:
        pairs = random.integers(len(left), size=(TRIALS, 2))
        lines = left.lines
        points = np.cross(lines[pairs[:, 0]], lines[pairs[:, 1]])
        points = points[np.abs(points).max(1) > 1e-9]
        if not len(points):
            break
        scores = np.array([left.length[_supports(left, point)].sum() for point in points])
        point = points[scores.argmax()]
        for _ in range(3):
            point = _meeting(left.some(_supports(left, point)), side, point)
        inside = _supports(left, point)
        if inside.sum() < FEWEST:
            break
        found.append((point, left.some(inside)))
        left = left.some(~inside)
    return found


def _supports(segments: Segments, point: np.ndarray) -> np.ndarray:
    """True for the segments that point at a point."""
    towards = point[:2] - point[2] * segments.middle
    distance = np.maximum(np.hypot(*towards.T), 1e-12)
    sine = (segments.direction[:, 0] * towards[:, 1] - segments.direction[:, 1] * towards[:, 0]) / distance
    return np.abs(sine) < np.sin(LARGEST_ANGLE)


def _meeting(segments: Segments, side: float, otherwise: np.ndarray) -> np.ndarray:
    """The point nearest to all lines, in units in which the image is about 1 large."""
    if len(segments) < 2:
        return otherwise
    lines = segments.lines * [1, 1, 1 / side]
    values, vectors = np.linalg.eigh((lines * segments.length[:, None]).T @ lines)
    return vectors[:, values.argmin()] * [1, 1, 1 / side]
