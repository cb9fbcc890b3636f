"""Kernels of blur: Gaussians, their flatter and sharper relatives, and the sinc filter."""

import math

import tensorflow as tf

SMALL_SIDE = 13
"""A sinc filter below this side has no cut-off under a third of the band, since it could not show it."""


def blur_kernel(
    side: tf.Tensor, kind: tf.Tensor, sigma: tf.Tensor, rotation: tf.Tensor, shape: tf.Tensor
) -> tf.Tensor:
    """Returns a kernel that sums to 1.

    With q the squared distance from the centre under the covariance (Mahalanobis): exp(-q / 2) for a
    Gaussian, exp(-q^shape / 2) for a generalised one, 1 / (1 + q^shape) for a plateau (Liu et al. 2020, as
    Real-ESRGAN, arXiv 2107.10833, has them).

    Args:
      side: int32 scalar, odd.
      kind: integer scalar, the place in `srgan_tf.data.degradation.table.BLURS`.
      sigma: float64 (2,), standard deviations in pixels; isotropic ones take the first.
      rotation: float64 scalar, of the first axis against the columns, radians.
      shape: float64 scalar, the exponent; a Gaussian has none.

    Returns:
      float64 (side, side).
    """
    y, x = _grid(side)
    wide, high = sigma[0], tf.where(kind % 2 == 0, sigma[0], sigma[1])
    along, across = (
        tf.cos(rotation) * x + tf.sin(rotation) * y,
        tf.cos(rotation) * y - tf.sin(rotation) * x,
    )
    q = tf.square(along / wide) + tf.square(across / high)
    bent = tf.pow(q, tf.where(kind < 2, tf.ones_like(shape), shape))
    values = tf.where(kind < 4, tf.exp(-bent / 2), 1 / (1 + bent))
    return values / tf.reduce_sum(values)


def sinc_kernel(side: tf.Tensor, cutoff: tf.Tensor) -> tf.Tensor:
    """Returns the circular low-pass filter w J1(w r) / (2 pi r), which sums to 1 and leaves rings.

    Args:
      side: int32 scalar, odd.
      cutoff: float64 scalar, w in radians a pixel, at most pi.

    Returns:
      float64 (side, side).
    """
    y, x = _grid(side)
    r = tf.sqrt(tf.square(x) + tf.square(y))
    away = tf.where(r > 0, r, tf.ones_like(r))
    values = cutoff * tf.math.special.bessel_j1(cutoff * away) / (2 * math.pi * away)
    values = tf.where(r > 0, values, tf.square(cutoff) / (4 * math.pi))
    return values / tf.reduce_sum(values)


def blurred(image: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Returns the part of an image's blur that depends on nothing outside the image.

    By Fourier transform, whose time does not depend on the kernel, in float64, so that it is the same to
    rounding whatever else is in the image.

    Args:
      image: float64 (3, h, w).
      kernel: float64 (k, k), symmetric about its centre.

    Returns:
      float64 (3, h - k + 1, w - k + 1).
    """
    size = tf.shape(image)[1:]
    k = tf.shape(kernel)[0]
    spectrum = tf.signal.rfft2d(image, size) * tf.signal.rfft2d(kernel, size)
    return tf.signal.irfft2d(spectrum, size)[:, k - 1 :, k - 1 :]


def _grid(side: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Rows and columns of a kernel's pixels, from its centre."""
    axis = tf.cast(tf.range(side) - side // 2, tf.float64)
    return axis[:, None], axis[None, :]
