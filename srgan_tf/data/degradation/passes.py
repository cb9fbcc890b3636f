"""The order of it all: HR -> LR by a table's draws."""

import math

import numpy as np
import tensorflow as tf

from srgan_tf.data.degradation.draws import (
    GAUSSIAN,
    NONE,
    POISSON,
    QUIET,
    SINC,
    BlurDraw,
    Draw,
    PassDraw,
    drawn,
)
from srgan_tf.data.degradation.kernels import blur_kernel, blurred, sinc_kernel
from srgan_tf.data.degradation.noise import gaussian_noise, jpeg, poisson_noise
from srgan_tf.data.degradation.resizing import Part, resize_reach, resized
from srgan_tf.data.degradation.table import RESIZINGS, Resizing, Table

TINY = 1e-9
"""Factors come as near to one another as this, and resizing by next to nothing looks beyond a crop too."""


def reach(table: Table, scale: int) -> int:
    """Returns how far an LR crop can depend on HR beyond itself: the apron of its window, HR pixels.

    Noise and JPEG aside.

    Args:
      table: the degradation.
      scale: the factor between LR and HR.

    Returns:
      A multiple of `scale`.
    """
    first, second = table.first, table.second
    densities = [_lowest(first.resizing), _lowest(second.resizing) / scale]
    if densities[0] == densities[1]:
        densities[0] *= 1 - TINY
    exact = tuple(tf.constant(density, tf.float64) for density in densities)
    rims = first.blur.sides[1] // 2, second.blur.sides[1] // 2, second.blur.sides[1] // 2
    methods = [[RESIZINGS.index(method) for method in of.resizing.methods] for of in (first, second, second)]
    furthest = max(
        float(_reach(rims, exact, (a, b, c), scale))
        for a in methods[0] for b in methods[1] for c in methods[2]
    )  # fmt: skip
    return math.ceil(furthest / scale) * scale


def _lowest(resizing: Resizing) -> float:
    """The smallest factor, which is just above 1 where images only grow."""
    if resizing.down:
        return resizing.factor[0]
    return 1 + TINY if resizing.up else 1.0


def _reach(
    rims: tuple[tf.Tensor, ...], densities: tuple[tf.Tensor, ...], methods: tuple[tf.Tensor, ...], scale: int
) -> tf.Tensor:
    """HR pixels that three blurs and three resizings look to each side, float64."""
    at = [tf.cast(density, tf.float64) for density in (1.0, *densities, 1 / scale)]
    wide = [tf.cast(rim, tf.float64) for rim in rims]
    total = wide[0] + wide[1] / at[1] + wide[2] / at[3]
    for before, after, method in zip(at, at[1:], methods, strict=False):
        total += tf.where(before == after, tf.zeros_like(before), resize_reach(before, after, method))
    return total


def degraded(
    window: tf.Tensor, corner: tf.Tensor, draw: Draw, seed: tf.Tensor, *, apron: int, scale: int
) -> tf.Tensor:
    """Returns the LR crop of a window; noise and JPEG aside, that of the whole image degraded the same way.

    The window is taken for the image itself, mirrored beyond its border. `draw.clean` is not looked at.

    Args:
      window: uint8 (h + 2 * apron, w + 2 * apron, 3), h and w multiples of `scale`.
      corner: integers (2,), row and column of the crop in the LR image.
      draw: what happens.
      seed: int64 (2,), of the noise.
      apron: HR pixels around the crop, at least the table's `reach`.
      scale: the factor.

    Returns:
      uint8 (h / scale, w / scale, 3).
    """
    first, second = draw.first, draw.second
    rims = [_rim(blur) for blur in (first.blur, second.blur, draw.last)]
    methods = (first.method, second.method, draw.last_method)
    needed = _reach(rims, (first.factor, second.factor / scale), methods, scale)
    spare = tf.maximum(apron - tf.cast(tf.math.ceil(needed), tf.int32), 0)
    height, width = (side - 2 * apron for side in tf.unstack(tf.shape(window)[:2]))
    whole = 2 * (apron - spare)
    pixels = window[spare : spare + height + whole, spare : spare + width + whole]
    pixels = tf.transpose(tf.cast(pixels, tf.float64), (2, 0, 1))
    corner = tf.cast(corner, tf.int64)
    origin = corner * scale - tf.cast(apron - spare, tf.int64)
    part = Part(pixels, origin, tf.ones([], tf.float64))
    seeds = [tf.random.fold_in(seed, i) for i in (1, 2)]

    part = _blur_part(part, first.blur)
    part = _resize_part(part, first.factor, first.method)
    part = _noisy(part, first, seeds[0])
    part = _compressed(part, first)

    part = _blur_part(part, second.blur)
    part = _resize_part(part, second.factor / scale, second.method)
    part = _noisy(part, second, seeds[1])

    def at_scale(given: Part) -> Part:
        lr = _resize_part(given, tf.constant(1 / scale, tf.float64), draw.last_method)
        lr = _blur_part(lr, draw.last)
        top, left = tf.unstack(tf.cast(corner - lr.first, tf.int32))
        crop = lr.pixels[:, top : top + height // scale, left : left + width // scale]
        return Part(crop, corner, lr.density)

    part = tf.cond(
        draw.jpeg_last,
        lambda: _compressed(at_scale(part), second),
        lambda: at_scale(_compressed(part, second)),
    )
    pixels = tf.clip_by_value(tf.floor(part.pixels + 0.5), 0, 255)
    return tf.cast(tf.transpose(pixels, (1, 2, 0)), tf.uint8)


def degraded_crops(
    windows: tf.Tensor,
    corner: tf.Tensor,
    clean: tf.Tensor,
    seeds: tf.Tensor,
    table: Table,
    apron: int,
    scale: int,
) -> tf.Tensor:
    """Returns the LR crops of a batch, each degraded by a draw of its own or left clean.

    Args:
      windows: uint8 (N, S, S, 3).
      corner: integers (N, 2), row and column of each crop in its LR image.
      clean: uint8 (N, h, h, 3), their plain LR.
      seeds: int64 (N, 2), one for each crop.
      table: the degradation.
      apron: HR pixels around each crop.
      scale: the factor.

    Returns:
      uint8 (N, h, h, 3).
    """

    def one(crop: tuple[tf.Tensor, ...]) -> tf.Tensor:
        window, at, plain, seed = crop
        draw = drawn(table, seed)
        lr = tf.cond(
            draw.clean,
            lambda: plain,
            lambda: degraded(window, at, draw, seed, apron=apron, scale=scale),
        )
        return tf.ensure_shape(lr, plain.shape)

    given = (windows, corner, clean, seeds)
    return tf.map_fn(one, given, fn_output_signature=tf.uint8)


def degraded_image(
    hr: np.ndarray, clean: np.ndarray, table: Table, seed: tuple[int, int], scale: int
) -> np.ndarray:
    """Returns the LR of a whole image, degraded by the draw of a seed or left clean.

    Args:
      hr: uint8 (H, W, 3), both sides multiples of `scale`.
      clean: uint8 (H / scale, W / scale, 3), its plain LR.
      table: the degradation.
      seed: of everything that is random.
      scale: the factor.

    Returns:
      uint8 (H / scale, W / scale, 3).
    """
    at = tf.constant(seed, tf.int64)
    draw = drawn(table, at)
    if draw.clean:
        return clean
    apron = reach(table, scale)
    window = np.pad(hr, ((apron, apron), (apron, apron), (0, 0)), "symmetric")
    return degraded(window, tf.zeros([2], tf.int64), draw, at, apron=apron, scale=scale).numpy()


def _rim(draw: BlurDraw) -> tf.Tensor:
    """Pixels that a blur loses on each side, int32."""
    return tf.where(tf.equal(draw.kind, NONE), 0, draw.side // 2)


def _blur_part(part: Part, draw: BlurDraw) -> Part:
    def kernel() -> tf.Tensor:
        return tf.cond(
            tf.equal(draw.kind, SINC),
            lambda: sinc_kernel(draw.side, draw.cutoff),
            lambda: blur_kernel(draw.side, draw.kind, draw.sigma, draw.rotation, draw.shape),
        )

    pixels = tf.cond(
        tf.equal(draw.kind, NONE),
        lambda: part.pixels,
        lambda: tf.clip_by_value(blurred(part.pixels, kernel()), 0, 255),
    )
    return Part(pixels, part.first + tf.cast(_rim(draw), tf.int64), part.density)


def _resize_part(part: Part, density: tf.Tensor, method: tf.Tensor) -> Part:
    return tf.cond(tf.equal(part.density, density), lambda: part, lambda: resized(part, density, method))


def _noisy(part: Part, draw: PassDraw, seed: tf.Tensor) -> Part:
    added = tf.switch_case(
        draw.noise,
        {
            QUIET: lambda: part.pixels,
            GAUSSIAN: lambda: gaussian_noise(part.pixels, seed, draw.level, draw.grey),
            POISSON: lambda: poisson_noise(part.pixels, seed, draw.level, draw.grey),
        },
    )
    return part._replace(pixels=added)


def _compressed(part: Part, draw: PassDraw) -> Part:
    pixels = tf.cond(
        tf.equal(draw.quality, 0), lambda: part.pixels, lambda: jpeg(part.pixels, draw.quality, draw.offset)
    )
    return part._replace(pixels=pixels)
