"""The size that an image file declares, read in a graph before anything is decoded.

A server must refuse an image that is too large before it has unpacked it: a PNG of a few kilobytes can hold
gigabytes of one colour.
"""

import tensorflow as tf

HEADER_BYTES = 32

_SIGNATURES = (
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("GIF", 0, b"GIF8"),
    ("BMP", 0, b"BM"),
    ("WebP, lossy", 8, b"WEBPVP8 "),
    ("WebP, lossless", 8, b"WEBPVP8L"),
    ("WebP, extended", 8, b"WEBPVP8X"),
)
FORMATS = "JPEG, PNG, WebP, GIF or BMP"


def declared_size(image_bytes: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Returns height and width as the file's header states them.

    The places are those of the formats' specifications: JPEG (ITU-T T.81, B.2.2), PNG (ISO 15948, 11.2.1),
    GIF89a (section 18, the logical screen), BMP (BITMAPINFOHEADER), WebP (RFC 9649, sections 2.5 to 2.7).

    Args:
      image_bytes: string scalar, a file's bytes.
      where: string scalar that names the image in error messages.

    Returns:
      int64 (2,).

    Raises:
      tf.errors.InvalidArgumentError: when run on bytes that are empty or begin no known kind of image, or
        on a BMP of up to 256 colours, whose palette TensorFlow's decoder ignores.
    """
    # Zeros behind a short file, so that every place can be read; a size of 0 is then refused.
    start = tf.strings.join([tf.strings.substr(image_bytes, 0, HEADER_BYTES), "\0" * HEADER_BYTES])
    header = tf.cast(tf.io.decode_raw(tf.strings.substr(start, 0, HEADER_BYTES), tf.uint8), tf.int64)
    matches = tf.stack(
        [tf.reduce_all(header[at : at + len(text)] == list(text)) for _, at, text in _SIGNATURES]
    )
    known = tf.debugging.Assert(
        tf.reduce_any(matches),
        [
            tf.where(
                tf.strings.length(image_bytes) == 0,
                tf.strings.join([where, " is empty"]),
                tf.strings.join([where, f" is no image: expected the bytes of a {FORMATS} file"]),
            )
        ],
    )
    with tf.control_dependencies([known]):
        kind = tf.argmax(tf.cast(matches, tf.int32), output_type=tf.int32)

    def bmp() -> tf.Tensor:
        colours = tf.debugging.Assert(
            _little(header, 28, 2) > 8,
            [tf.strings.join([where, " is a BMP with a palette: expected 24 or 32 bits per pixel"])],
        )
        with tf.control_dependencies([colours]):
            height = tf.bitcast(tf.cast(_little(header, 22, 4), tf.uint32), tf.int32)
            return tf.stack([tf.abs(tf.cast(height, tf.int64)), _little(header, 18, 4)])

    return tf.switch_case(
        kind,
        [
            lambda: tf.cast(tf.io.extract_jpeg_shape(image_bytes)[:2], tf.int64),
            lambda: tf.stack([_big(header, 20, 4), _big(header, 16, 4)]),
            lambda: tf.stack([_little(header, 8, 2), _little(header, 6, 2)]),
            bmp,
            lambda: tf.stack([_little(header, 28, 2) % 2**14, _little(header, 26, 2) % 2**14]),
            lambda: _webp_lossless(_little(header, 21, 4)),
            lambda: 1 + tf.stack([_little(header, 27, 3), _little(header, 24, 3)]),
        ],
    )


def _little(header: tf.Tensor, at: int, count: int) -> tf.Tensor:
    return tf.reduce_sum(header[at : at + count] * [256**i for i in range(count)])


def _big(header: tf.Tensor, at: int, count: int) -> tf.Tensor:
    return tf.reduce_sum(header[at : at + count] * [256**i for i in reversed(range(count))])


def _webp_lossless(packed: tf.Tensor) -> tf.Tensor:
    """14 bits of width - 1 and then 14 bits of height - 1, from the lowest bit on."""
    return 1 + tf.stack([packed // 2**14 % 2**14, packed % 2**14])
