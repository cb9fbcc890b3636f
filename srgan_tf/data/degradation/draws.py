"""What a table's draws are for one crop: everything that is random but the fields of noise."""

import math
from typing import NamedTuple

import tensorflow as tf

from srgan_tf.data.degradation.kernels import SMALL_SIDE
from srgan_tf.data.degradation.noise import JPEG_BLOCK
from srgan_tf.data.degradation.table import RESIZINGS, Blur, Jpeg, Noise, Pass, Resizing, Table

NONE, SINC = -2, -1
"""Kinds of blur that are not in `srgan_tf.data.degradation.table.BLURS`."""
QUIET, GAUSSIAN, POISSON = range(3)


class BlurDraw(NamedTuple):
    """A blur; `kind` is NONE, SINC or the place in `BLURS`. float64 scalars, but for `kind` and `side`."""

    kind: tf.Tensor
    side: tf.Tensor
    sigma: tf.Tensor
    rotation: tf.Tensor
    shape: tf.Tensor
    cutoff: tf.Tensor


class PassDraw(NamedTuple):
    """A pass; `noise` is QUIET, GAUSSIAN or POISSON, and quality 0 is no JPEG."""

    blur: BlurDraw
    factor: tf.Tensor
    method: tf.Tensor
    noise: tf.Tensor
    level: tf.Tensor
    grey: tf.Tensor
    quality: tf.Tensor
    offset: tf.Tensor


class Draw(NamedTuple):
    """Everything that is random about a crop's LR, but the fields of noise."""

    clean: tf.Tensor
    first: PassDraw
    second: PassDraw
    last: BlurDraw
    last_method: tf.Tensor
    jpeg_last: tf.Tensor


class _Uniforms:
    """Numbers in [0, 1) that are taken one after the other, always in the same order."""

    def __init__(self, seed: tf.Tensor, count: int) -> None:
        self._left = iter(
            tf.unstack(tf.random.stateless_uniform([count], seed, dtype=tf.float64, alg="philox"))
        )

    def take(self) -> tf.Tensor:
        """Returns the next number."""
        return next(self._left)

    def chance(self, probability: float) -> tf.Tensor:
        """Returns True with this probability."""
        return self.take() < probability

    def between(self, low: float | tf.Tensor, high: float | tf.Tensor) -> tf.Tensor:
        """Returns a number from `low` up to `high`."""
        return low + self.take() * (high - low)

    def whole(self, low: int, high: int) -> tf.Tensor:
        """Returns an integer from `low` to `high`, both included."""
        return low + tf.cast(self.take() * (high - low + 1), tf.int32)

    def one_of(self, probabilities: tuple[float, ...]) -> tf.Tensor:
        """Returns a place in `probabilities`, each with its probability."""
        bounds = [math.fsum(probabilities[: i + 1]) for i in range(len(probabilities) - 1)]
        return tf.reduce_sum(tf.cast(self.take() >= tf.constant(bounds, tf.float64), tf.int32))


DRAWS = 64
"""At least as many as the numbers that a crop's draw takes."""


def drawn(table: Table, seed: tf.Tensor) -> Draw:
    """Returns what happens to one crop.

    Args:
      table: the degradation.
      seed: int64 (2,), stateless.

    Returns:
      The draw, whose tensors are scalars or have two elements.
    """
    u = _Uniforms(seed, DRAWS)
    clean = u.chance(table.clean)
    first, second = _pass(u, table.first), _pass(u, table.second)
    last_sinc = u.chance(table.last_sinc)
    last = _sinc(u, table.second.blur.sides, wide=True)
    last = last._replace(kind=tf.where(last_sinc, SINC, NONE))
    methods = [RESIZINGS.index(method) for method in table.second.resizing.methods]
    last_method = tf.constant(methods)[u.whole(0, len(methods) - 1)]
    return Draw(clean, first, second, last, last_method, u.chance(table.jpeg_last))


def _pass(u: _Uniforms, values: Pass) -> PassDraw:
    factor, method = _factor(u, values.resizing)
    return PassDraw(_blur(u, values.blur), factor, method, *_noise(u, values.noise), *_jpeg(u, values.jpeg))


def _blur(u: _Uniforms, values: Blur) -> BlurDraw:
    at_all, is_sinc = u.chance(values.probability), u.chance(values.sinc)
    kind = tf.where(is_sinc, SINC, u.one_of(values.kinds))
    sinc = _sinc(u, values.sides)
    sigma = tf.stack([u.between(*values.sigma), u.between(*values.sigma)])
    rotation = u.between(-math.pi, math.pi)
    below, share = u.chance(0.5), u.take()
    low, high = (tf.where(kind < 4, a, b) for a, b in zip(values.generalised, values.plateau, strict=True))
    low, high = tf.cast(low, tf.float64), tf.cast(high, tf.float64)
    one = tf.clip_by_value(tf.ones_like(share), low, high)
    shape = tf.where(below, low + share * (one - low), one + share * (high - one))
    return BlurDraw(tf.where(at_all, kind, NONE), sinc.side, sigma, rotation, shape, sinc.cutoff)


def _sinc(u: _Uniforms, sides: tuple[int, int], *, wide: bool = False) -> BlurDraw:
    """A sinc filter; a `wide` one never cuts off below a third of the band."""
    side = 2 * u.whole(sides[0] // 2, sides[1] // 2) + 1
    lowest = tf.where(wide | (side < SMALL_SIDE), math.pi / 3, math.pi / 5)
    zero = tf.zeros([], tf.float64)
    cutoff = u.between(tf.cast(lowest, tf.float64), math.pi)
    return BlurDraw(tf.constant(SINC), side, tf.stack([zero, zero]), zero, zero, cutoff)


def _factor(u: _Uniforms, values: Resizing) -> tuple[tf.Tensor, tf.Tensor]:
    way, share = u.one_of((values.up, values.down, values.keep)), u.take()
    low, high = values.factor
    larger, smaller = 1 + share * (high - 1), low + share * (1 - low)
    methods = [RESIZINGS.index(method) for method in values.methods]
    method = tf.constant(methods)[u.whole(0, len(methods) - 1)]
    return tf.stack([larger, smaller, tf.ones_like(share)])[way], method


def _noise(u: _Uniforms, values: Noise) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    at_all, gaussian = u.chance(values.probability), u.chance(values.gaussian)
    level = tf.where(gaussian, u.between(*values.sigma), u.between(*values.poisson))
    kind = tf.where(at_all, tf.where(gaussian, GAUSSIAN, POISSON), QUIET)
    return kind, level, u.chance(values.grey)


def _jpeg(u: _Uniforms, values: Jpeg) -> tuple[tf.Tensor, tf.Tensor]:
    at_all, quality = u.chance(values.probability), u.whole(*values.quality)
    offset = tf.stack([u.whole(0, JPEG_BLOCK - 1), u.whole(0, JPEG_BLOCK - 1)])
    return tf.where(at_all, quality, 0), offset
