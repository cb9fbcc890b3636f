"""Encoded images -> windows around random crops, decoding no more than they need; TensorFlow graph code."""

import numpy as np
import tensorflow as tf

from srgan_tf.data.decode import JPEG_MARGIN, Decoder, decode_plain, decode_rgb
from srgan_tf.data.scan import ReadPart, Source
from srgan_tf.data.window import apron, window_positions


def read_windows(
    source: Source, image: tf.Tensor, places: tf.Tensor, crop_size: int, scale: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Reads one image and cuts the windows of K crops from it.

    The picture counts as cropped at the bottom and right to multiples of the scale. Crops start at
    multiples of the scale, all equally likely, so that LR crops lie on the grid of the LR picture.

    Args:
      source: the images.
      image: int64 scalar, which one.
      places: float64 (K, 2) in [0, 1), the place of each crop as a fraction of the possible ones, down
        and across.
      crop_size: side of a crop, HR pixels, a multiple of `scale`.
      scale: the factor.

    Returns:
      windows: uint8 (K, S, S, 3), S = crop_size + 2 * apron(scale), mirrored at the border.
      corner: int32 (K, 2), row and column of each crop in the LR picture.
      lr_size: int32 (K, 2), height and width of the LR picture.
    """
    lr_size = _size(source, image) // scale
    corner = tf.cast(places * tf.cast(lr_size - crop_size // scale + 1, tf.float64), tf.int32)
    first, length = corner * scale, lr_size * scale
    rows, columns = (
        window_positions(first[:, axis, None], crop_size, scale, length[axis]) for axis in (0, 1)
    )

    def decoded() -> tf.Tensor:
        reach = apron(scale)
        start = tf.maximum(tf.reduce_min(first, axis=0) - reach, 0)
        stop = tf.minimum(tf.reduce_max(first, axis=0) + crop_size + reach, length)
        pixels, origin = _decode(source, image, start, stop)
        # One number for row and column, as gathering along columns alone is slow.
        width = tf.shape(pixels)[1]
        position = (rows - origin[0])[:, :, None] * width + (columns - origin[1])[:, None, :]
        return tf.gather(tf.reshape(pixels, (-1, 3)), position)

    def stored() -> tf.Tensor:
        def cut(i: np.ndarray, *positions: np.ndarray) -> np.ndarray:
            return _stored_windows(source.read_part, int(i), *positions)

        return tf.numpy_function(cut, [image, rows, columns], tf.uint8, stateful=False)

    if source.read_part is None:
        windows = decoded()
    else:
        windows = tf.cond(tf.constant(source.decoders)[image] == Decoder.BMP, stored, decoded)
    windows = tf.ensure_shape(windows, (*rows.shape, columns.shape[1], 3))
    return windows, corner, tf.broadcast_to(lr_size, corner.shape)


def _stored_windows(read_part: ReadPart, image: int, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Windows of an uncompressed picture: its pixels at rows (K, S) and columns (K, S)."""
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
    """Pixels of a picture that include those from `start` to `stop` (row, column), and where they begin."""
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
    """Height and width of an image's upright picture, int32 (2,)."""
    return tf.stack([tf.constant(source.heights)[image], tf.constant(source.widths)[image]])
