"""What a sensor and a file format add: noise and the losses of JPEG."""

import tensorflow as tf

JPEG_BLOCK = 8
PHOTONS = 256
"""Counts at full white that the scale of Poisson noise refers to: the levels of a natural 8-bit image."""


def gaussian_noise(image: tf.Tensor, seed: tf.Tensor, sigma: tf.Tensor, grey: tf.Tensor) -> tf.Tensor:
    """Returns an image with Gaussian noise, clipped to 0 to 255.

    Args:
      image: float64 (3, h, w), 0 to 255.
      seed: int (2,), stateless.
      sigma: float64 scalar, levels of 255.
      grey: boolean scalar, whether the three channels share the noise.
    """
    return tf.clip_by_value(image + sigma * _normal(image, seed, grey), 0, 255)


def poisson_noise(image: tf.Tensor, seed: tf.Tensor, scale: tf.Tensor, grey: tf.Tensor) -> tf.Tensor:
    """Returns an image with the noise of counted photons, clipped to 0 to 255.

    White counts as `PHOTONS`, and the variance of a count is its mean, which makes 255 image / PHOTONS in
    squared levels. The noise is drawn as Gaussian of this variance: from some ten counts on Poisson's
    distribution looks like that, and its own sampler takes more than twice as long (7.4 processor ms for
    160x160 pixels against 3.1 on an AMD EPYC 9004).

    Args:
      image: float64 (3, h, w), 0 to 255.
      seed: int (2,), stateless.
      scale: float64 scalar that the noise is multiplied by.
      grey: boolean scalar, whether the channels share the noise, which is then that of their luma.
    """
    luma = tf.tensordot(tf.constant([0.299, 0.587, 0.114], tf.float64), image, 1)[None]
    light = tf.where(grey, luma, image)
    deviation = 255 * tf.sqrt(tf.maximum(light, 0) / 255 / PHOTONS)
    return tf.clip_by_value(image + scale * deviation * _normal(image, seed, grey), 0, 255)


def jpeg(image: tf.Tensor, quality: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """Returns what is left of an image after JPEG with halved chroma, as libjpeg's default has it.

    Args:
      image: float64 (3, h, w), 0 to 255; it is rounded first.
      quality: int32 scalar, 1 to 100.
      offset: int32 (2,), 0 to 7: pixels of the first block, down and across, that lie before the image; in
        one that has fewer they are as many as it has.

    Returns:
      float64 (3, h, w), whole numbers.
    """
    offset = tf.minimum(offset, tf.shape(image)[1:])  # as many as can be mirrored
    pad = [[offset[0], 0], [offset[1], 0], [0, 0]]
    # Transposed before it is of bytes, for which oneDNN writes a complaint to the user's terminal.
    pixels = _levels(tf.transpose(image, (1, 2, 0)))
    padded = tf.pad(pixels, pad, "SYMMETRIC")
    encoded = tf.raw_ops.EncodeJpegVariableQuality(images=padded, quality=quality)
    decoded = tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.transpose(tf.cast(decoded[offset[0] :, offset[1] :], tf.float64), (2, 0, 1))


def _levels(image: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.clip_by_value(tf.floor(image + 0.5), 0, 255), tf.uint8)


def _normal(image: tf.Tensor, seed: tf.Tensor, grey: tf.Tensor) -> tf.Tensor:
    """Standard normal values: (3, h, w), or (1, h, w) repeated."""
    shape = tf.shape(image)
    channels = tf.where(grey, 1, shape[0])
    drawn = tf.random.stateless_normal(
        tf.stack([channels, shape[1], shape[2]]), seed, dtype=tf.float64, alg="philox"
    )
    return tf.broadcast_to(drawn, shape)
