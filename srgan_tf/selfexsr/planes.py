"""Planes of a scene, and transformations of patches that follow their perspective.

Source: Huang, Singh and Ahuja, CVPR 2015, sections 3.1 and 3.2. A plane has a vanishing line (h7, h8, 1),
and the homography with the rows (1, 0, 0), (0, 1, 0), (h7, h8, 1) rectifies it. A patch is rectified,
transformed by an affine map, and put back into the plane elsewhere.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import ndimage

from srgan_tf.selfexsr.lines import Segments, segments_of, vanishing_points

BLUR = 50.0
"""Standard deviation of the blur of the maps of lines, pixels of the input."""

FACING = 1e-4
"""Density of the plane that faces the camera."""

FLOOR = 0.1
"""Added to each plane's probability, so that none is impossible anywhere."""

STEEPEST = 20.0
"""Change of depth across the image, over the depth at the origin, of the steepest plane."""

CLOSEST = 0.05
"""The smallest depth over that of the image's corner: close to a vanishing line, patches become lines."""


@dataclass(frozen=True, eq=False)
class Planes:
    """The planes of a scene in the coordinates of one level.

    Attributes:
      lines: float32 (planes, 2), h7 and h8; 0 for the plane that faces the camera.
      costs: float32 (planes, height, width), -log of each plane's probability at each pixel.
    """

    lines: np.ndarray
    costs: np.ndarray

    def __len__(self) -> int:
        return len(self.lines)


def facing(height: int, width: int) -> Planes:
    """Returns a scene of one plane, which faces the camera: the affine form of the method."""
    return Planes(np.zeros((1, 2), np.float32), np.zeros((1, height, width), np.float32))


def planes_of(image: np.ndarray, seed: int) -> Planes:
    """Returns the planes of an image: the one that faces the camera, and one for each two vanishing points.

    The density of a plane is the product of the blurred maps of the lines that meet in its two points.

    Args:
      image: float32 (h, w, C), the input, in [0, 1].
      seed: of the search for vanishing points.
    """
    height, width = image.shape[:2]
    points = vanishing_points(segments_of(image.mean(axis=2)), max(height, width), seed)
    maps = [_blurred(segments, height, width) for _, segments in points]
    lines, densities = [np.zeros(2)], [np.full((height, width), FACING)]
    for i, j in combinations(range(len(points)), 2):
        line = np.cross(points[i][0], points[j][0])
        if np.abs(line[:2]).max() * max(height, width) > STEEPEST * abs(line[2]):
            continue  # it goes through the origin, nearly
        lines.append(line[:2] / line[2])
        densities.append(maps[i] * maps[j])
    probability = np.array(densities)
    probability = probability / probability.sum(0) + FLOOR
    probability /= probability.sum(0)
    return Planes(np.array(lines, np.float32), -np.log(probability).astype(np.float32))


def _blurred(segments: Segments, height: int, width: int) -> np.ndarray:
    """A map of segments, a pixel wide, blurred."""
    steps = np.concatenate(
        [np.linspace(-0.5, 0.5, 1 + 2 * int(length)) * length for length in segments.length]
    )
    which = np.repeat(np.arange(len(segments)), 1 + 2 * segments.length.astype(int))
    points = segments.middle[which] + steps[:, None] * segments.direction[which]
    x, y = np.rint(np.clip(points, 0, (width - 1, height - 1))).astype(int).T
    drawn = np.zeros((height, width))
    drawn[y, x] = 1
    return ndimage.gaussian_filter(drawn, BLUR, mode="constant")


def at_level(planes: Planes, height: int, width: int) -> Planes:
    """Returns the planes of the input in the coordinates of a level of (height, width)."""
    sides = np.array([width / planes.costs.shape[2], height / planes.costs.shape[1]])
    moved = planes.lines / sides
    constant = 1 + (moved * (0.5 - 0.5 * sides)).sum(1, keepdims=True)
    y, x = (
        np.minimum(np.arange(n) * old // n, old - 1)
        for n, old in zip((height, width), planes.costs.shape[1:], strict=True)
    )
    return Planes((moved / constant).astype(np.float32), planes.costs[:, y][:, :, x])


def shapes(
    planes: Planes, plane: np.ndarray, at: np.ndarray, position: np.ndarray, affine: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns patches as they appear in the image, seen from their centres.

    Args:
      planes: of the level.
      plane: int (M,), the plane of each patch.
      at: int32 (2, M), x and y of the targets.
      position: float32 (2, M), x and y of the sources.
      affine: float32 (4, M), the maps between the rectified patches, row by row.

    Returns:
      The rows of `Patches.shape`, float32 (6, M), and the sides of the sources over those of the targets,
      (M,): 0 where there is no such source.
    """
    if len(planes) == 1 and not planes.lines.any():
        shape = np.concatenate([affine, np.zeros_like(affine[:2])])
    else:
        shape = _in_perspective(planes.lines[plane].T, at.astype(np.float32), position, affine)
    area = shape[0] * shape[3] - shape[1] * shape[2]
    return shape, np.sqrt(np.maximum(area, 0))


def _in_perspective(line: np.ndarray, at: np.ndarray, position: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """The rectifying map near the target, the affine map, and the inverse near the source, in one.

    Near p, with the depth D = 1 + h p, a step d becomes M d / (1 + h d / D) with M = (I - p h' / D) / D; the
    inverse near q is D (I + q h') u / (1 - (h / D) D (I + q h') u).
    """
    near, far = 1 + (line * at).sum(0), 1 + (line * position).sum(0)
    bad = (near * far <= 0) | (np.minimum(np.abs(near), np.abs(far)) < CLOSEST)  # on one side of the line
    near, far = np.where(bad, 1, near), np.where(bad, 1, far)
    (px, py), (qx, qy), (h, k) = at, position, line
    m = np.stack([1 - px * h / near, -px * k / near, -py * h / near, 1 - py * k / near]) / near
    back = np.stack([1 + qx * h, qx * k, qy * h, 1 + qy * k]) * far
    whole = product(back, product(affine, m))
    tilt_x = h / near - (h * whole[0] + k * whole[2]) / far
    tilt_y = k / near - (h * whole[1] + k * whole[3]) / far
    # A patch whose farthest corner is at or behind the horizon is none.
    bad |= 2 * (np.abs(tilt_x) + np.abs(tilt_y)) > 1 - CLOSEST
    return np.where(bad, 0, np.stack([*whole, tilt_x, tilt_y])).astype(np.float32)


def product(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns the products of 2x2 matrices, each (4, M), row by row."""
    a, b, c, d = first
    e, f, g, h = second
    return np.stack([a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h])


def moved(shape: np.ndarray, dx: np.ndarray | float, dy: np.ndarray | float) -> np.ndarray:
    """Returns where transformations put a point near their targets' centres, seen from the sources' centres.

    Args:
      shape: as in `Patches`.
      dx: of the point, pixels.
      dy: of the point, pixels.

    Returns:
      float32 (2, M), x and y.
    """
    a, b, c, d, e, f = shape
    return np.stack([a * dx + b * dy, c * dx + d * dy]) / (1 + e * dx + f * dy)
