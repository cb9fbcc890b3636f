"""The cubic kernel of Keys (IEEE Trans. ASSP 29(6), 1981), a = -1/2, as taps and weights for whole factors.

The kernel's values at a whole scale are fractions with one small denominator, so the weights are kept as
whole numbers. Every sum is then exact in float64, and no tie depends on the order of a summation.
"""

import numpy as np

SCALES = (2, 3, 4, 8)
"""The factors by which images are downscaled here, and upscaled by the networks."""


def keys_kernel(distance: np.ndarray, unit: int) -> np.ndarray:
    """Returns Keys' cubic kernel (a = -1/2) in whole numbers: 2 unit^3 k(distance / unit).

    Args:
      distance: whole numbers, any shape and sign.
      unit: the distance that counts as one sample.

    Returns:
      float64 whole numbers, the same shape; 0 from two samples away.
    """
    t = np.abs(np.asarray(distance, np.float64))
    near = 3 * t**3 - 5 * unit * t**2 + 2 * unit**3
    far = -(t**3) + 5 * unit * t**2 - 8 * unit**2 * t + 4 * unit**3
    return np.where(t <= unit, near, np.where(t < 2 * unit, far, 0.0))


def shrinking_weights(scale: int) -> np.ndarray:
    """Returns the weights of the 5 * scale HR pixels around an LR pixel, from 2 * scale before its block on.

    Returns:
      float64 whole numbers (5 * scale,); they sum to 16 * scale^4.
    """
    # Distances are doubled, since the centre of an LR pixel may lie between two HR pixels.
    doubled = 2 * np.arange(-2 * scale, 3 * scale) + 1 - scale
    return keys_kernel(doubled, 2 * scale)


def shrinking_taps(length: int, scale: int) -> np.ndarray:
    """Returns the HR positions that `shrinking_weights` belong to, mirrored at the border.

    Returns:
      int64 (length / scale, 5 * scale).
    """
    first = scale * np.arange(length // scale)[:, None]
    return mirrored(first + np.arange(-2 * scale, 3 * scale), length)


def upscaling_weights(scale: int) -> np.ndarray:
    """Returns the weights of the 5 LR pixels around each of the `scale` HR pixels of an LR pixel.

    Returns:
      float64 whole numbers (scale, 5); each row sums to 16 * scale^3.
    """
    phase = 2 * np.arange(scale)[:, None] + 1 - scale
    return keys_kernel(2 * scale * np.arange(-2, 3) - phase, 2 * scale)


def upscaling_taps(length: int, scale: int) -> np.ndarray:
    """Returns the LR positions that `upscaling_weights` belong to, mirrored at the border.

    Returns:
      int64 (length * scale, 5).
    """
    own = np.arange(length * scale)[:, None] // scale
    return mirrored(own + np.arange(-2, 3), length)


def mirrored(position: np.ndarray, length: int) -> np.ndarray:
    """Returns positions folded into 0..length-1, the border pixel repeated (..., 1, 0, 0, 1, ...)."""
    position = position % (2 * length)
    return np.minimum(position, 2 * length - 1 - position)
