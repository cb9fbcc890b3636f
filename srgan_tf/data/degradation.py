"""HR -> LR: MATLAB's bicubic and Pillow's, as plain definitions on whole pictures.

Both use the cubic kernel of Keys (IEEE Trans. ASSP 29(6), 1981) with a = -1/2, widened by the scale when an
image shrinks. They differ at the border and in rounding:

- `matlab`, `imresize` on a picture of doubles as super-resolution toolboxes call it: the border is
  mirrored, and values are rounded to 8 bits once, at the end. Later papers report on this LR.
- `pillow`, `Image.resize(..., BICUBIC)`: taps outside the image are dropped and the others renormalised, and
  values are rounded to 8 bits after each of the two passes, across and down. The LR files that the paper's
  authors released are made like this.

MATLAB's kernel values at a whole scale are fractions with one small denominator, so the weights are kept
as whole numbers. Every sum is then exact in float64, and no tie depends on the order of a summation.
`srgan_tf.data.window` computes the same LR from a window of the picture.
"""

from typing import Literal, get_args

import numpy as np
from PIL import Image

from srgan_tf.errors import UsageError

Downscale = Literal["matlab", "pillow"]


def downscale(image: np.ndarray, scale: int, method: Downscale) -> np.ndarray:
    """A picture made `scale` times smaller, rounded to 8 bits as an LR file would be.

    Args:
      image: uint8 (H, W, C); both sides are multiples of `scale`.
      scale: the factor, 1 or more.
      method: "matlab" or "pillow".

    Returns:
      uint8 (H / scale, W / scale, C).

    Raises:
      UsageError: a side is no multiple of `scale`, or the method is unknown.
    """
    height, width = image.shape[:2]
    if height % scale or width % scale:
        raise UsageError(
            f"cannot downscale {width}x{height} by {scale}: both sides must be multiples of {scale}; "
            "crop_to_multiple makes them so"
        )
    if check_method(method) == "pillow":
        return _pillow_resize(image, height // scale, width // scale)
    rows, columns = (shrinking_taps(side, scale) for side in (height, width))
    return _matlab_resize(image, rows, columns, shrinking_weights(scale))


def upscale_bicubic(image: np.ndarray, scale: int, method: Downscale) -> np.ndarray:
    """A picture made `scale` times larger by the method's own bicubic: the baseline of every table.

    Args:
      image: uint8 (h, w, C).
      scale: the factor, 1 or more.
      method: "matlab" or "pillow".

    Returns:
      uint8 (h * scale, w * scale, C).

    Raises:
      UsageError: the method is unknown.
    """
    height, width = image.shape[:2]
    if check_method(method) == "pillow":
        return _pillow_resize(image, height * scale, width * scale)
    rows, columns = (enlarging_taps(side, scale) for side in (height, width))
    return _matlab_resize(image, rows, columns, enlarging_weights(scale))


def crop_to_multiple(image: np.ndarray, scale: int) -> np.ndarray:
    """The picture without the last rows and columns that are too many for sides divisible by `scale`.

    Args:
      image: (H, W, C).
      scale: the divisor.

    Returns:
      A view (H - H mod scale, W - W mod scale, C).
    """
    height, width = image.shape[:2]
    return image[: height - height % scale, : width - width % scale]


def check_method(method: str) -> Downscale:
    """The method itself.

    Raises:
      UsageError: it is neither "matlab" nor "pillow".
    """
    if method not in get_args(Downscale):
        raise UsageError(f"unknown downscaling {method!r}: expected one of {', '.join(get_args(Downscale))}")
    return method


def keys_kernel(distance: np.ndarray, unit: int) -> np.ndarray:
    """Keys' cubic kernel (a = -1/2) in whole numbers: 2 unit^3 k(distance / unit).

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
    """What the 5 * scale HR pixels around an LR pixel weigh, from 2 * scale before its own block on.

    Returns:
      float64 whole numbers (5 * scale,); they sum to 16 * scale^4.
    """
    # Distances are doubled, since the centre of an LR pixel may lie between two HR pixels.
    doubled = 2 * np.arange(-2 * scale, 3 * scale) + 1 - scale
    return keys_kernel(doubled, 2 * scale)


def shrinking_taps(length: int, scale: int) -> np.ndarray:
    """The HR positions that `shrinking_weights` belong to, mirrored at the border.

    Returns:
      int64 (length / scale, 5 * scale).
    """
    first = scale * np.arange(length // scale)[:, None]
    return _mirrored(first + np.arange(-2 * scale, 3 * scale), length)


def enlarging_weights(scale: int) -> np.ndarray:
    """What the 5 LR pixels around an HR pixel weigh, for each of the `scale` HR pixels of an LR pixel.

    Returns:
      float64 whole numbers (scale, 5); each row sums to 16 * scale^3.
    """
    phase = 2 * np.arange(scale)[:, None] + 1 - scale
    return keys_kernel(2 * scale * np.arange(-2, 3) - phase, 2 * scale)


def enlarging_taps(length: int, scale: int) -> np.ndarray:
    """The LR positions that `enlarging_weights` belong to, mirrored at the border.

    Returns:
      int64 (length * scale, 5).
    """
    own = np.arange(length * scale)[:, None] // scale
    return _mirrored(own + np.arange(-2, 3), length)


def _mirrored(position: np.ndarray, length: int) -> np.ndarray:
    """Positions folded into 0..length-1, the border pixel repeated (..., 1, 0, 0, 1, ...)."""
    position = position % (2 * length)
    return np.minimum(position, 2 * length - 1 - position)


def _matlab_resize(
    image: np.ndarray, rows: np.ndarray, columns: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Weighted sums along both axes, then one rounding, half upwards.

    `rows` and `columns` are taps (outputs, t); `weights` (phases, t) are repeated along the outputs.
    """
    total = weights.reshape(-1, weights.shape[-1])[0].sum() ** 2
    values = image.astype(np.float64)
    for axis, taps in enumerate((rows, columns)):
        values = np.moveaxis(values, axis, 0)
        each = np.resize(weights, (len(taps), weights.shape[-1]))[..., None, None]
        values = sum(each[:, t] * values[taps[:, t]] for t in range(taps.shape[1]))
        values = np.moveaxis(values, 0, axis)
    return np.clip(np.floor(values / total + 0.5), 0, 255).astype(np.uint8)


def _pillow_resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Pillow's resizing, across first and then down.

    The order matters because of the rounding in between. It is named here by taking two steps, since
    Pillow 13 goes down first where a picture is more than twice as high as wide, and earlier versions do not.
    """
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    for size in ((width, image.shape[0]), (width, height)):
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    return np.asarray(picture).reshape(height, width, image.shape[2])
