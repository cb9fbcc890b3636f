"""Resizing to any density, in coordinates of the whole image, so that a part equals the part of the whole."""

from typing import NamedTuple

import tensorflow as tf

from srgan_tf.data.degradation.table import RESIZINGS


class Part(NamedTuple):
    """A rectangle of pixels of an image of some density.

    Attributes:
      pixels: float64 (3, h, w), 0 to 255.
      first: int64 (2,), row and column of its first pixel in the whole image of this density.
      density: float64 scalar, pixels per HR pixel along an axis; pixel i has its centre at
        (i + 0.5) / density HR pixels from the border of the image.
    """

    pixels: tf.Tensor
    first: tf.Tensor
    density: tf.Tensor


def resized(part: Part, density: tf.Tensor, method: tf.Tensor) -> Part:
    """Returns all pixels of another density that depend on nothing outside the part.

    `area` is the mean over the new pixel's square; `bilinear` and `bicubic` (a = -1/2) look at the two and
    four nearest pixels along an axis, however much an image shrinks, as OpenCV and PyTorch do; `antialiased`
    is the bicubic kernel widened by the factor where an image shrinks, as MATLAB and Pillow do.

    Args:
      part: what is resized.
      density: float64 scalar, the new density.
      method: integer scalar, the place in `srgan_tf.data.degradation.table.RESIZINGS`.
    """
    ratio = part.density / density
    radius, widening = _radius(ratio, method), _widening(ratio, method)
    pixels, firsts = part.pixels, []
    for axis in (1, 2):
        count = tf.shape(pixels, tf.int64)[axis]
        first = tf.cast(part.first[axis - 1], tf.float64)
        last = first + tf.cast(count - 1, tf.float64)
        start = tf.math.ceil((first + radius + 0.5) / ratio - 0.5)
        stop = tf.floor((last - radius + 0.5) / ratio - 0.5) + 1
        new = tf.range(start, stop, dtype=tf.float64)
        centres = (new + 0.5) * ratio - 0.5
        old = first + tf.range(tf.cast(count, tf.float64), dtype=tf.float64)
        weights = _weights(centres[:, None] - old, ratio, widening, method)
        pixels = tf.matmul(weights, pixels) if axis == 1 else tf.matmul(pixels, weights, transpose_b=True)
        firsts.append(tf.cast(start, tf.int64))
    return Part(pixels, tf.stack(firsts), density)


def resize_reach(before: tf.Tensor, after: tf.Tensor, method: tf.Tensor) -> tf.Tensor:
    """Returns how far a resizing looks beyond what it gives, HR pixels.

    Args:
      before: float64 scalar, density.
      after: float64 scalar, the new density.
      method: integer scalar, the place in `srgan_tf.data.degradation.table.RESIZINGS`.
    """
    # Pixels of both densities overlap any border by less than one of each.
    return (_radius(before / after, method) + 1) / before + 1 / after


def _radius(ratio: tf.Tensor, method: tf.Tensor) -> tf.Tensor:
    """Old pixels to each side of a new pixel's centre that have a weight."""
    ones = tf.ones_like(ratio)
    return tf.stack([(1 + ratio) / 2, ones, 2 * ones, 2 * _widening(ratio, method)])[method]


def _widening(ratio: tf.Tensor, method: tf.Tensor) -> tf.Tensor:
    return tf.where(tf.equal(method, RESIZINGS.index("antialiased")), tf.maximum(ratio, 1), 1)


def _weights(x: tf.Tensor, ratio: tf.Tensor, widening: tf.Tensor, method: tf.Tensor) -> tf.Tensor:
    """Weights (new, old) of pixels at distances `x`, old pixels, from the new ones; each row sums to 1."""
    x = tf.abs(x)

    def area() -> tf.Tensor:
        # The overlap of an old pixel, 1 wide, with a new one, `ratio` wide.
        return tf.clip_by_value((1 + ratio) / 2 - x, 0, tf.minimum(tf.ones_like(ratio), ratio))

    def bilinear() -> tf.Tensor:
        return tf.maximum(1 - x, 0)

    def bicubic() -> tf.Tensor:
        t = x / widening
        near, far = (1.5 * t - 2.5) * t * t + 1, ((-0.5 * t + 2.5) * t - 4) * t + 2
        return tf.where(t < 1, near, tf.where(t < 2, far, tf.zeros_like(t)))

    weights = tf.switch_case(tf.cast(method, tf.int32), [area, bilinear, bicubic, bicubic])
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)
