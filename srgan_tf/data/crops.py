"""Encoded images -> windows around random crops, decoding no more than they need; TensorFlow graph code."""

import tensorflow as tf

from srgan_tf.data.decode import JPEG_MARGIN, Decoder, decode_plain, decode_rgb
from srgan_tf.data.scan import Source
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

    reach = apron(scale)
    start = tf.maximum(tf.reduce_min(first, axis=0) - reach, 0)
    stop = tf.minimum(tf.reduce_max(first, axis=0) + crop_size + reach, length)
    pixels, origin = _decode(source, image, start, stop)

    windows = []
    for k in range(places.shape[0]):
        rows, columns = (
            window_positions(first[k, axis], crop_size, scale, length[axis]) - origin[axis] for axis in (0, 1)
        )
        # Rows first and only then columns, which copies pixel by pixel.
        windows.append(tf.gather(tf.gather(pixels, rows), columns, axis=1))
    size = crop_size + 2 * reach
    windows = tf.ensure_shape(tf.stack(windows), (places.shape[0], size, size, 3))
    return windows, corner, tf.broadcast_to(lr_size, corner.shape)


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
