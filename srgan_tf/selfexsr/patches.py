"""Patches of 5x5 pixels: where a transformation puts them, how they look there, and their distance.

Source: Huang, Singh and Ahuja, CVPR 2015, sections 3.1 and 3.2. A target patch has its centre at a pixel of
the level that is being synthesised. Its source is a parallelogram (under a plane, a general quadrangle) in
the coordinates of the same level, about s times as large. It is read where a pixel is about as large, which
is log s / log ratio levels below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from srgan_tf.selfexsr.pyramid import Bands

POINTS = 25
SIGMA = 3.0
"""Standard deviation of the weights of a patch's pixels, pixels."""

LARGEST_SHIFT = 0.25
"""The most by which the mean of a patch may be shifted to fit another."""

BITS = 10
DARKEST, SPAN = -0.25, 1.5
"""Values of the low bands are whole numbers of `BITS` bits from -0.25 to 1.25, all channels in one word. That
is a third of a level of 8 bits, and a pixel is read at once."""

DY, DX = np.mgrid[-2:3, -2:3].reshape(2, POINTS).astype(np.float32)
WEIGHTS = np.exp(-(DX**2 + DY**2) / (2 * SIGMA**2))
WEIGHTS /= WEIGHTS.sum()


@dataclass(frozen=True, eq=False)
class Patches:
    """Target patches and where their sources are, in pixels of the target level.

    Attributes:
      at: int32 (2, M), column and row of each target.
      position: float32 (2, M), x and y of each source's centre.
      shape: float32 (6, M): a point (dx, dy) of the target is the point (a dx + b dy, c dx + d dy) / (1 +
        e dx + f dy) of the source, seen from the centres. The rows are a, b, c, d, e, f.
      level: int32 (M,), where each source is read, counted from the largest level.
    """

    at: np.ndarray
    position: np.ndarray
    shape: np.ndarray
    level: np.ndarray


def source_levels(bands: Bands, level: int, side: np.ndarray) -> np.ndarray:
    """Returns the levels from which sources are read, counted from the largest.

    Args:
      bands: the levels.
      level: of the targets.
      side: float32, sides of sources over those of their targets.

    Returns:
      int32, the same shape; at least one level below that of the targets.
    """
    below = np.rint(np.log(side) / np.log(bands.scale.ratio))
    return (np.clip(below, 1, bands.lowest - level) + (level - bands.top)).astype(np.int32)


class View:
    """The levels as one target level sees them, on TensorFlow's side.

    Tables that do not change during a level are handed over once.
    """

    def __init__(self, bands: Bands, level: int) -> None:
        own = level - bands.top
        sides = np.stack([bands.width, bands.height]).astype(np.float32)
        # Values, not the level's number: by an index, the code would be compiled anew for each level.
        self._own = tf.constant(
            np.array([bands.first[own], bands.width[own], *(sides[:, own] - 1)], np.int32)
        )
        self._places = tf.constant(np.stack([bands.first, bands.width]))
        # Scale of each level, and its last column and row.
        self._sides = tf.constant(np.concatenate([sides / sides[:, own : own + 1], sides - 1]))
        self._low = tf.constant(_packed(bands.low))
        self._high = [tf.constant(plane) for plane in bands.high]

    def distances(self, patches: Patches) -> np.ndarray:
        """Returns the distances between targets and sources in their low bands.

        That is the squared difference of all channels, weighted over the patch, after the source's mean was
        shifted towards the target's by up to `LARGEST_SHIFT`. A grey image counts as three equal channels.

        Returns:
          float32 (M,).
        """
        levels = self._own, self._places, self._sides
        return _distances(len(self._high), self._low, *levels, *_arrays(patches)).numpy()

    def filled(self, patches: Patches) -> np.ndarray:
        """Returns the high bands of sources, shifted by as much as their low bands have to be.

        Returns:
          float32 (25, C, M).
        """
        bands = self._low, self._high
        return _filled(*bands, self._own, self._places, self._sides, *_arrays(patches)).numpy()


def _packed(band: np.ndarray) -> np.ndarray:
    """Returns the channels (C, pixels) of a band in words, int32 (pixels,)."""
    whole = np.rint(np.clip((band - DARKEST) * ((2**BITS - 1) / SPAN), 0, 2**BITS - 1)).astype(np.int32)
    return sum(channel << (BITS * i) for i, channel in enumerate(whole))


def _unpacked(words: Any, channels: int) -> list[Any]:
    """Returns the channels of words in steps of SPAN / 1023."""
    shifted = (tf.bitwise.right_shift(words, BITS * i) for i in range(channels))
    return [tf.cast(tf.bitwise.bitwise_and(one, 2**BITS - 1), tf.float32) for one in shifted]


def _arrays(patches: Patches) -> tuple[np.ndarray, ...]:
    return patches.at, patches.position, patches.shape, patches.level


@tf.function(jit_compile=True, autograph=False)
def _distances(channels: int, low: Any, own: Any, places: Any, sides: Any, *patches: Any) -> Any:
    square, means = _differences(channels, low, own, places, sides, *patches)
    for mean in means:
        shift = tf.clip_by_value(mean, -LARGEST_SHIFT, LARGEST_SHIFT)
        square += shift * (shift - 2 * mean)
    return square * (3 / channels)


@tf.function(jit_compile=True, autograph=False)
def _filled(low: Any, high: Any, own: Any, places: Any, sides: Any, *patches: Any) -> Any:
    _, means = _differences(len(high), low, own, places, sides, *patches)
    sample = _sampler(places, sides, *patches[1:])
    shifts = tf.clip_by_value(tf.stack(means), -LARGEST_SHIFT, LARGEST_SHIFT)
    dx, dy = tf.constant(DX), tf.constant(DY)

    def body(k: Any, filled: tf.TensorArray) -> tuple[Any, tf.TensorArray]:
        values = sample(lambda place: [tf.gather(plane, place) for plane in high], dx[k], dy[k])
        return k + 1, filled.write(k, tf.stack(values) + shifts)

    filled = tf.TensorArray(tf.float32, POINTS, element_shape=shifts.shape)
    return tf.while_loop(lambda k, _: k < POINTS, body, (tf.constant(0), filled))[1].stack()


def _differences(
    channels: int, low: Any, own: Any, places: Any, sides: Any, at: Any, position: Any, shape: Any, level: Any
) -> tuple[Any, list[Any]]:
    """Weighted sums over the patch: of the squared differences of all channels, and of each one's difference.

    One point of all patches after the other, so that what is between stays in the processor's cache.
    """
    first, width, *last = tf.unstack(own)
    sample = _sampler(places, sides, position, shape, level)
    dx, dy, weights = tf.constant(DX), tf.constant(DY), tf.constant(WEIGHTS)

    def read(place: Any) -> list[Any]:
        return _unpacked(tf.gather(low, place), channels)

    def body(k: Any, square: Any, *means: Any) -> tuple[Any, ...]:
        x = tf.clip_by_value(at[0] + tf.cast(dx[k], tf.int32), 0, last[0])
        y = tf.clip_by_value(at[1] + tf.cast(dy[k], tf.int32), 0, last[1])
        place = first + y * width + x
        targets, sources = read(place), sample(read, dx[k], dy[k])
        errors = [target - source for target, source in zip(targets, sources, strict=True)]
        square += weights[k] * sum(error * error for error in errors)
        return k + 1, square, *(mean + weights[k] * e for mean, e in zip(means, errors, strict=True))

    zero = tf.zeros_like(position[0])
    state = (tf.constant(0), zero, *(zero for _ in range(channels)))
    _, square, *means = tf.while_loop(lambda k, *_: k < POINTS, body, state)
    unit = SPAN / (2**BITS - 1)
    return square * unit**2, [mean * unit for mean in means]


def _sampler(places: Any, sides: Any, position: Any, shape: Any, level: Any) -> Any:
    """Returns the function (read, dx, dy) -> the sources' values there, by bilinear interpolation."""
    first, width = tf.gather(places[0], level), tf.gather(places[1], level)
    ratio_x, ratio_y, last_x, last_y = (tf.gather(row, level) for row in tf.unstack(sides))
    centre_x = (position[0] + 0.5) * ratio_x - 0.5
    centre_y = (position[1] + 0.5) * ratio_y - 0.5
    a, b, c, d, e, f = tf.unstack(shape)

    def sample(read: Callable[[Any], list[Any]], dx: Any, dy: Any) -> list[Any]:
        depth = 1 / (1 + e * dx + f * dy)
        x = tf.clip_by_value(centre_x + ratio_x * depth * (a * dx + b * dy), 0.0, last_x)
        y = tf.clip_by_value(centre_y + ratio_y * depth * (c * dx + d * dy), 0.0, last_y)
        column, row = tf.cast(x, tf.int32), tf.cast(y, tf.int32)  # towards zero: x and y are not negative
        right, below = x - tf.cast(column, tf.float32), y - tf.cast(row, tf.float32)
        place = first + row * width + column
        # Behind the last column and row the weight is 0.
        corners = (read(start) for start in (place, place + 1, place + width, place + width + 1))
        return [
            _mixed(_mixed(one, two, right), _mixed(three, four, right), below)
            for one, two, three, four in zip(*corners, strict=True)
        ]

    return sample


def _mixed(one: Any, other: Any, share: Any) -> Any:
    return one + share * (other - one)
