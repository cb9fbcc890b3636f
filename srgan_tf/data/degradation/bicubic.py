"""HR -> LR: MATLAB's bicubic and Pillow's, as plain definitions on whole images.

Both use the cubic kernel of Keys (IEEE Trans. ASSP 29(6), 1981) with a = -1/2, widened by the scale when an
image shrinks. They differ at the border and in rounding:

- `matlab`, `imresize` on an image of doubles as super-resolution toolboxes call it: the border is
  mirrored, and values are rounded to 8 bits once, at the end. Later papers report on this LR.
- `pillow`, `Image.resize(..., BICUBIC)`: taps outside the image are dropped and the others renormalised, and
  values are rounded to 8 bits after each of the two passes, across and down. The LR files that the paper's
  authors released are made like this.

`srgan_tf.data.crops` computes the same LR from a window of the image.
"""

from typing import Literal, get_args

import numpy as np
from PIL import Image

from srgan_tf.bicubic import shrinking_taps, shrinking_weights, upscaling_taps, upscaling_weights
from srgan_tf.errors import UsageError

Downscale = Literal["matlab", "pillow"]


def downscale(image: np.ndarray, scale: int, method: Downscale) -> np.ndarray:
    """Returns an image made `scale` times smaller, rounded to 8 bits as an LR file would be.

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
    """Returns an image made `scale` times larger by the method's own bicubic: the baseline of every table.

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
    rows, columns = (upscaling_taps(side, scale) for side in (height, width))
    return _matlab_resize(image, rows, columns, upscaling_weights(scale))


def crop_to_multiple(image: np.ndarray, scale: int) -> np.ndarray:
    """Returns the image without the last rows and columns that are too many for sides divisible by `scale`.

    Args:
      image: (H, W, C).
      scale: the divisor.

    Returns:
      A view (H - H mod scale, W - W mod scale, C).
    """
    height, width = image.shape[:2]
    return image[: height - height % scale, : width - width % scale]


def check_method(method: str) -> Downscale:
    """Returns the method itself.

    Raises:
      UsageError: it is neither "matlab" nor "pillow".
    """
    if method not in get_args(Downscale):
        raise UsageError(f"unknown downscaling {method!r}: expected one of {', '.join(get_args(Downscale))}")
    return method


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
    Pillow 13 goes down first where an image is more than twice as high as wide, and earlier versions do not.
    """
    resized = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    for size in ((width, image.shape[0]), (width, height)):
        resized = resized.resize(size, Image.Resampling.BICUBIC)
    return np.asarray(resized).reshape(height, width, image.shape[2])
