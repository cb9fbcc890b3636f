"""The search for a source of every patch: PatchMatch with transformations.

Source: Huang, Singh and Ahuja, CVPR 2015, section 3.3, after Barnes et al., "The generalized PatchMatch
correspondence algorithm", ECCV 2010. All patches of a level take each step together, where PatchMatch goes
from patch to patch: then the work is arrays.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from srgan_tf.selfexsr.patches import Patches, View, source_levels
from srgan_tf.selfexsr.planes import Planes, moved, product, shapes
from srgan_tf.selfexsr.pyramid import Bands

CHUNK = 8192
"""Patches that are handled at once: their values stay in the processor's cache."""

START = 2.0
"""Side of the first sources, which are in place, over that of their targets."""

LARGEST = 8.0
SCALE_WEIGHT = 1e-3
PLANE_WEIGHT = 1e-3
NEIGHBOURS = ((-1, 0), (1, 0), (0, -1), (0, 1))

Run = Callable[[Callable[[int], Any], Iterable[int]], list]
"""Returns the results of a function for each of some numbers, computed in parallel or not."""


@dataclass(frozen=True, eq=False)
class Field:
    """The best source known of every patch of a level; arrays are changed in place.

    Attributes:
      height: of the level.
      width: of the level.
      position: float32 (2, pixels), x and y of the source's centre, in pixels of the level.
      affine: float32 (4, pixels), the map from the rectified target to the rectified source, row by row.
      plane: int8 (pixels,).
      cost: float32 (pixels,).
    """

    height: int
    width: int
    position: np.ndarray
    affine: np.ndarray
    plane: np.ndarray
    cost: np.ndarray

    def at(self, places: np.ndarray) -> np.ndarray:
        """Returns x and y, int32 (2, M), of pixels that are counted row by row."""
        return np.stack([places % self.width, places // self.width]).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Level:
    """A level that is being synthesised.

    Attributes:
      bands: all levels.
      number: of the level.
      view: of the levels.
      planes: of the scene, in the level's coordinates.
    """

    bands: Bands
    number: int
    view: View
    planes: Planes

    def patches(
        self, field: Field, places: np.ndarray, position: np.ndarray, affine: np.ndarray, plane: np.ndarray
    ) -> tuple[Patches, np.ndarray]:
        """Returns patches and the sides of their sources, 0 where there is none."""
        at = field.at(places)
        shape, side = shapes(self.planes, plane, at, position, affine)
        level = source_levels(self.bands, self.number, np.maximum(side, 0.5))
        return Patches(at, position, shape, level), side

    def costs(
        self, field: Field, places: np.ndarray, position: np.ndarray, affine: np.ndarray, plane: np.ndarray
    ) -> np.ndarray:
        """Returns the costs of candidates: of appearance, of a small scale, and of planes improbable there.

        Returns:
          float32 (M,); infinite where there is no such source.
        """
        patches, side = self.patches(field, places, position, affine, plane)
        ratio = self.bands.scale.ratio
        cost = self.view.distances(patches) + SCALE_WEIGHT * np.maximum(0, ratio - side)
        if len(self.planes) > 1:
            for x, y in (patches.at, np.rint(position).astype(np.int32)):
                cost += PLANE_WEIGHT * self.planes.costs[plane, y, x]
        # The bounds are those of the rectified patches; in perspective a source may be smaller, at a price.
        # Without them a patch would be its own best source, and nothing would become sharper.
        area = affine[0] * affine[3] - affine[1] * affine[2]
        outside = (area < 0.999 * ratio**2) | (area > 1.001 * LARGEST**2) | (side == 0)
        return np.where(outside, np.inf, cost)


def started(height: int, width: int) -> Field:
    """Returns the field in which every source is in place, twice as large as its target."""
    places = np.arange(height * width)
    position = np.stack([places % width, places // width]).astype(np.float32)
    affine = np.tile(np.float32([START, 0, 0, START])[:, None], height * width)
    plane = np.zeros(height * width, np.int8)
    return Field(height, width, position, affine, plane, np.full(height * width, np.inf, np.float32))


def enlarged(field: Field, planes: Planes, height: int, width: int) -> Field:
    """Returns the field of the next larger level: every pixel takes the transformation of the nearest one.

    Args:
      field: of the level below.
      planes: of the scene, in the coordinates of that level.
      height: of the next level.
      width: of the next level.
    """
    new = started(height, width)
    sides = np.float32([[width / field.width], [height / field.height]])
    inside = (new.position + 0.5) / sides - 0.5
    nearest = np.clip(np.rint(inside), 0, np.float32([[field.width - 1], [field.height - 1]]))
    places = (nearest[1] * field.width + nearest[0]).astype(np.int64)
    affine, plane = field.affine[:, places], field.plane[places]
    shape, _ = shapes(planes, plane, nearest, field.position[:, places], affine)
    position = field.position[:, places] + moved(shape, *(inside - nearest))
    position = np.clip((position + 0.5) * sides - 0.5, 0, [[width - 1], [height - 1]]).astype(np.float32)
    return Field(height, width, position, affine, plane, new.cost)


def measured(field: Field, level: Level, run: Run) -> None:
    """Computes the costs of a field."""

    def chunk(first: int) -> None:
        places, own = _chunk(first, len(field.cost))
        found = level.costs(
            field, places, field.position[:, places], field.affine[:, places], field.plane[places]
        )
        field.cost[first : first + own] = found[:own]

    run(chunk, range(0, len(field.cost), CHUNK))


def searched(field: Field, level: Level, seed: tuple[int, ...], run: Run) -> None:
    """Improves a field by a random search of every patch, and by the sources of its neighbours.

    Args:
      field: it is changed.
      level: whose field it is.
      seed: of the random numbers; results depend on nothing else.
      run: calls a function for many chunks.
    """
    run(lambda first: _random_search(field, level, first, seed), range(0, len(field.cost), CHUNK))
    for dx, dy in NEIGHBOURS:
        _propagate(field, level, dx, dy, run)


def _random_search(field: Field, level: Level, first: int, seed: tuple[int, ...]) -> None:
    places, own = _chunk(first, len(field.cost))
    random = np.random.Generator(np.random.SFC64([*seed, first]))
    position, affine = field.position[:, places], field.affine[:, places]
    plane, cost = field.plane[places], field.cost[places]
    ends = np.float32([[field.width - 1], [field.height - 1]])
    radius, step = max(field.width, field.height) / 4, 2
    while radius >= 1:
        low, high = np.maximum(position - radius, 0), np.minimum(position + radius, ends)
        there = low + (high - low) * random.random((2, CHUNK), np.float32)
        other = product(affine, _steps(random, step))
        which = (
            random.integers(len(level.planes), size=CHUNK, dtype=np.int8) if len(level.planes) > 1 else plane
        )
        new = level.costs(field, places, there, other, which)
        better = new < cost
        position, affine = np.where(better, there, position), np.where(better, other, affine)
        plane, cost = np.where(better, which, plane), np.where(better, new, cost)
        radius, step = radius / 2, step + 1
    this = slice(first, first + own)
    field.position[:, this], field.affine[:, this] = position[:, :own], affine[:, :own]
    field.plane[this], field.cost[this] = plane[:own], cost[:own]


def _steps(random: np.random.Generator, step: int) -> np.ndarray:
    """Returns random small changes of an affine map, (4, CHUNK): scale, rotation and shear of both axes."""
    draws = 2 * random.random((4, CHUNK), np.float32) - 1
    scale = 1 + 0.5 / step * draws[0]
    angle = np.float32(np.pi / (8 * step)) * draws[1]
    cosine, sine, one = scale * np.cos(angle), scale * np.sin(angle), np.ones_like(scale)
    shear_x, shear_y = 0.025 / step * draws[2:]
    return product(np.stack([cosine, -sine, sine, cosine]), np.stack([one, shear_x, shear_y, one]))


def _propagate(field: Field, level: Level, dx: int, dy: int, run: Run) -> None:
    """Offers every patch the transformation of the neighbour at (dx, dy), continued to its own place."""
    places = np.arange(len(field.cost), dtype=np.int32).reshape(field.height, field.width)
    own = places[max(-dy, 0) : field.height - max(dy, 0), max(-dx, 0) : field.width - max(dx, 0)].ravel()
    neighbour = own + dy * field.width + dx
    affine, plane = field.affine[:, neighbour], field.plane[neighbour]
    shape, _ = shapes(level.planes, plane, field.at(neighbour), field.position[:, neighbour], affine)
    position = field.position[:, neighbour] + moved(shape, -dx, -dy)
    ends = np.float32([[field.width - 1], [field.height - 1]])
    wanted = ((position >= 0) & (position <= ends)).all(0)
    wanted &= (np.abs(position - field.position[:, own]) > 1e-3).any(0) | (
        affine != field.affine[:, own]
    ).any(0)
    wanted = np.flatnonzero(wanted)
    if not len(wanted):
        return
    own, position, affine, plane = own[wanted], position[:, wanted], affine[:, wanted], plane[wanted]

    def chunk(first: int) -> None:
        some, count = _chunk(first, len(own))
        new = level.costs(field, own[some], position[:, some], affine[:, some], plane[some])[:count]
        some = some[:count]
        some = some[new < field.cost[own[some]]]
        target = own[some]
        field.position[:, target], field.affine[:, target] = position[:, some], affine[:, some]
        field.plane[target] = plane[some]
        field.cost[target] = new[some - first]

    run(chunk, range(0, len(own), CHUNK))


def _chunk(first: int, count: int) -> tuple[np.ndarray, int]:
    """Returns `CHUNK` numbers from `first` on, the last one repeated, and how many of them are there."""
    return np.minimum(np.arange(first, first + CHUNK), count - 1), min(CHUNK, count - first)
