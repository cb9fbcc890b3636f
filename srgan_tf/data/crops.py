"""Encoded images -> windows around random crops -> LR crops, in TensorFlow.

A crop downscaled on its own differs from the crop of the downscaled image in a rim of two LR pixels: the
kernel reaches two LR pixels past the crop. A *window* is therefore the crop with an apron around it, for
bicubic of `2 * scale` HR pixels on each side, mirrored where it leaves the image; with the crop's place in
the image it is all that an LR crop depends on. LR made here equals the crop of `downscale(whole image)`, of
`srgan_tf.data.degradation`, bit for bit. No more is decoded than a window needs.
"""

import functools

import numpy as np
import tensorflow as tf

from srgan_tf.bicubic import shrinking_weights
from srgan_tf.data.decode import JPEG_MARGIN, Decoder, decode_plain
from srgan_tf.data.degradation import Downscale, check_method
from srgan_tf.data.scan import ReadPart, Source
from srgan_tf.images import decode_rgb

PILLOW_ONE = 2.0**22  # the fixed-point unit of Pillow's 8-bit resampling (32 - 8 - 2 bits, Resample.c)


def read_windows(
    source: Source, image: tf.Tensor, places: tf.Tensor, crop_size: int, scale: int, reach: int
) -> tuple[tf.Tensor, ...]:
    """Reads one image and cuts the windows of K crops from it, and the LR crops where it has an LR image.

    The image counts as cropped at the bottom and right to multiples of the scale. Crops start at
    multiples of the scale, all equally likely, so that LR crops lie on the grid of the LR image.

    Args:
      source: the images.
      image: int64 scalar, which one.
      places: float64 (K, 2) in [0, 1), the place of each crop as a fraction of the possible ones, down
        and across.
      crop_size: side of a crop, HR pixels, a multiple of `scale`.
      scale: the factor.
      reach: HR pixels of the window around its crop.

    Returns:
      windows: uint8 (K, S, S, 3), S = crop_size + 2 * reach, mirrored at the border.
      corner: int32 (K, 2), row and column of each crop in the LR image.
      lr_size: int32 (K, 2), height and width of the LR image.
      lr: uint8 (K, crop_size / scale, crop_size / scale, 3), only where `source.lr` gives LR images.
    """
    lr_size = _size(source, image) // scale
    corner = tf.cast(places * tf.cast(lr_size - crop_size // scale + 1, tf.float64), tf.int32)
    first, length = corner * scale, lr_size * scale
    rows, columns = (
        window_positions(first[:, axis, None], crop_size, reach, length[axis]) for axis in (0, 1)
    )

    def decoded() -> tf.Tensor:
        start = tf.maximum(tf.reduce_min(first, axis=0) - reach, 0)
        stop = tf.minimum(tf.reduce_max(first, axis=0) + crop_size + reach, length)
        return _cut(*_decode(source, image, start, stop), rows, columns)

    def stored() -> tf.Tensor:
        def cut(i: np.ndarray, *positions: np.ndarray) -> np.ndarray:
            return _stored_windows(source.read_part, int(i), *positions)

        return tf.numpy_function(cut, [image, rows, columns], tf.uint8, stateful=False)

    if source.read_part is None:
        windows = decoded()
    else:
        windows = tf.cond(tf.constant(source.decoders)[image] == Decoder.BMP, stored, decoded)
    windows = tf.ensure_shape(windows, (*rows.shape, columns.shape[1], 3))
    sizes = tf.broadcast_to(lr_size, corner.shape)
    if source.lr is None:
        return windows, corner, sizes
    side = crop_size // scale
    start, stop = tf.reduce_min(corner, axis=0), tf.reduce_max(corner, axis=0) + side
    rows, columns = (corner[:, axis, None] + tf.range(side) for axis in (0, 1))
    return windows, corner, sizes, _cut(*_decode(source.lr, image, start, stop), rows, columns)


def _cut(pixels: tf.Tensor, origin: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """The pixels at rows (K, S) and columns (K, S) of an image, of which `pixels` begin at `origin`."""
    # One number for row and column, as gathering along columns alone is slow.
    width = tf.shape(pixels)[1]
    position = (rows - origin[0])[:, :, None] * width + (columns - origin[1])[:, None, :]
    return tf.gather(tf.reshape(pixels, (-1, 3)), position)


def _stored_windows(read_part: ReadPart, image: int, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Windows of an uncompressed image: its pixels at rows (K, S) and columns (K, S)."""
    windows = np.empty((*rows.shape, columns.shape[1], 3), np.uint8)
    for window, down, across in zip(windows, rows, columns, strict=True):
        top, left = down.min(), across.min()
        part = read_part(image, range(top, down.max() + 1), range(left, across.max() + 1))
        # Without mirroring the part is the window.
        window[...] = part if part.shape == window.shape else part[down - top][:, across - left]
    return windows


def _decode(
    source: Source, image: tf.Tensor, start: tf.Tensor, stop: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Pixels of an image that include those from `start` to `stop` (row, column), and where they begin."""
    encoded = source.encoded(image)

    def pillow() -> tuple[tf.Tensor, tf.Tensor]:
        return tf.numpy_function(decode_rgb, [encoded], tf.uint8, stateful=False), tf.zeros(2, tf.int32)

    def jpeg() -> tuple[tf.Tensor, tf.Tensor]:
        origin = tf.maximum(start - JPEG_MARGIN, 0)
        end = tf.minimum(stop + JPEG_MARGIN, _size(source, image))
        window = tf.concat([origin, end - origin], axis=0)
        return decode_plain(encoded, Decoder.JPEG, window), origin

    def png() -> tuple[tf.Tensor, tf.Tensor]:
        return decode_plain(encoded, Decoder.PNG), tf.zeros(2, tf.int32)

    branches = {Decoder.PILLOW: pillow, Decoder.JPEG: jpeg, Decoder.PNG: png}
    decoder = tf.constant(source.decoders)[image]
    pixels, origin = tf.switch_case(decoder, {int(d): branch for d, branch in branches.items()})
    return tf.ensure_shape(pixels, (None, None, 3)), origin


def _size(source: Source, image: tf.Tensor) -> tf.Tensor:
    """Height and width of an upright image, int32 (2,)."""
    return tf.stack([tf.constant(source.heights)[image], tf.constant(source.widths)[image]])


def apron(scale: int) -> int:
    """Returns how far bicubic looks past a crop on each side, in HR pixels."""
    return 2 * scale


def window_positions(first: tf.Tensor, crop_size: int, reach: int, length: tf.Tensor) -> tf.Tensor:
    """Returns the places of a window's pixels in the image along one axis, mirrored at the image's border.

    Args:
      first: integer scalar, the crop's first HR position; or (K, 1), those of several.
      crop_size: the crop's side, HR pixels.
      reach: HR pixels of the window around its crop.
      length: integer scalar, the image's side, a multiple of the scale.

    Returns:
      Positions (crop_size + 2 * reach,), of the dtype of `first`; of several (K, crop_size + 2 * reach).
    """
    position = (first + tf.range(-reach, crop_size + reach, dtype=first.dtype)) % (2 * length)
    return tf.minimum(position, 2 * length - 1 - position)


def lr_from_windows(
    windows: tf.Tensor, corner: tf.Tensor, lr_size: tf.Tensor, scale: int, method: Downscale
) -> tf.Tensor:
    """Returns the LR crops of a batch of windows, equal to the same crops of the downscaled images.

    Args:
      windows: uint8 (N, S, S, 3), S = crop_size + 2 * apron.
      corner: integers (N, 2), row and column of each crop in its LR image.
      lr_size: integers (N, 2), height and width of each LR image.
      scale: the factor.
      method: "matlab" or "pillow".

    Returns:
      uint8 (N, crop_size / scale, crop_size / scale, 3).
    """
    crop = (windows.shape[1] - 2 * apron(scale)) // scale
    # Every sum below is one of whole numbers under 2^53 and so exact in float64, in whatever order
    # the matrix product adds.
    values = tf.cast(windows, tf.float64)
    rows = _weights(corner[:, 0], lr_size[:, 0], crop, scale, method)
    columns = _weights(corner[:, 1], lr_size[:, 1], crop, scale, method)
    values = tf.einsum("njw,nhwc->nhjc", columns, values)
    if method == "pillow":
        values = tf.einsum("nih,nhjc->nijc", rows, _round(values / PILLOW_ONE))
        return tf.cast(_round(values / PILLOW_ONE), tf.uint8)
    values = tf.einsum("nih,nhjc->nijc", rows, values)
    return tf.cast(_round(values / shrinking_weights(scale).sum() ** 2), tf.uint8)


def _round(values: tf.Tensor) -> tf.Tensor:
    """Rounded half upwards and clipped to the 8-bit range."""
    return tf.clip_by_value(tf.floor(values + 0.5), 0.0, 255.0)


def _weights(first: tf.Tensor, length: tf.Tensor, crop: int, scale: int, method: Downscale) -> tf.Tensor:
    """The matrices (N, crop, S) that take windows to LR crops along one axis.

    The weights of an LR pixel's neighbours depend on the border only through the number of the two LR pixels
    before and after it that are inside the image: 0, 1 or 2 each.
    """
    index = first[:, None] + tf.range(crop, dtype=first.dtype)
    before = tf.minimum(index, 2)
    after = tf.minimum(length[:, None] - 1 - index, 2)
    case = tf.range(crop, dtype=first.dtype) * 9 + 3 * before + after
    return tf.gather(tf.constant(_weights_by_case(crop, scale, method)), case)


@functools.cache
def _weights_by_case(crop: int, scale: int, method: Downscale) -> np.ndarray:
    """Row 9 i + 3 before + after: the weights of LR pixel i of a crop on the pixels of its window."""
    rows = np.zeros((crop, 3, 3, crop * scale + 2 * apron(scale)))
    for i in range(crop):
        around = slice(i * scale, (i + 5) * scale)
        for before in range(3):
            for after in range(3):
                if check_method(method) == "matlab":
                    rows[i, before, after, around] = shrinking_weights(scale)
                else:
                    rows[i, before, after, around] = pillow_weights(scale, before, after)
    return rows.reshape(crop * 9, -1)


def pillow_weights(scale: int, before: int, after: int) -> np.ndarray:
    """Returns Pillow's fixed-point weights on the 5 * scale HR pixels around an LR pixel.

    As `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow's Resample.c give them for LR pixel
    number `before` of a image `before + 1 + after` LR pixels long.

    Args:
      scale: the factor.
      before: LR pixels of the image before this one, at most 2.
      after: LR pixels of the image after this one, at most 2.

    Returns:
      float64 whole numbers (5 * scale,), in units of 2^-22, zero outside the image.
    """
    centre = (before + 0.5) * scale
    start = max(int(centre - 2 * scale + 0.5), 0)
    stop = min(int(centre + 2 * scale + 0.5), (before + 1 + after) * scale)
    x = np.abs((np.arange(start, stop) - centre + 0.5) * (1 / scale))
    a = -0.5
    kernel = np.where(
        x < 1, ((a + 2) * x - (a + 3)) * x * x + 1, np.where(x < 2, (((x - 5) * x + 8) * x - 4) * a, 0)
    )
    # cumsum adds one after the other, as the C loop does; sum adds in pairs.
    kernel = kernel / np.cumsum(kernel)[-1]
    weights = np.zeros(5 * scale)
    offset = start - (before - 2) * scale
    weights[offset : offset + len(kernel)] = np.trunc(kernel * PILLOW_ONE + np.copysign(0.5, kernel))
    return weights
