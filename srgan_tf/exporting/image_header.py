"""The size that an image file declares, and whether it is an animation, read in a graph before it is decoded.

A server must refuse an image that is too large before it has unpacked it: a PNG of a few kilobytes can hold
gigabytes of one colour. Animations are refused as `srgan_tf.images.read_image` refuses them, and because
TensorFlow 2.21 writes beyond its memory when it decodes an animated WebP.
"""

import math

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
MOST_CHUNKS = 256
"""Chunks of a PNG that are looked at for one that makes it an animation."""
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
      tf.errors.InvalidArgumentError: when run on bytes that are empty or begin no known kind of image, on
        an animation, or on a BMP of up to 256 colours, whose palette TensorFlow's decoder ignores.
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

    def one(animated: tf.Tensor, size: list[tf.Tensor]) -> tf.Tensor:
        message = tf.strings.join([where, " is an animation: expected a file with one image"])
        with tf.control_dependencies([tf.debugging.Assert(~animated, [message])]):
            return tf.stack(size)

    return tf.switch_case(
        kind,
        [
            lambda: tf.cast(tf.io.extract_jpeg_shape(image_bytes)[:2], tf.int64),
            lambda: one(_animated_png(image_bytes), [_big(header, 20, 4), _big(header, 16, 4)]),
            lambda: one(_animated_gif(image_bytes), [_little(header, 8, 2), _little(header, 6, 2)]),
            bmp,
            lambda: tf.stack([_little(header, 28, 2) % 2**14, _little(header, 26, 2) % 2**14]),
            lambda: _webp_lossless(_little(header, 21, 4)),
            # The flag of RFC 9649, section 2.7; even one frame would be too many for TensorFlow's decoder.
            lambda: one(
                header[20] // 2 % 2 == 1,
                [1 + _little(header, 27, 3), 1 + _little(header, 24, 3)],
            ),
        ],
    )


def _animated_png(image_bytes: tf.Tensor) -> tf.Tensor:
    """True where a chunk acTL before the first IDAT states several frames (PNG, third edition, 11.3.6.1)."""
    length = tf.strings.length(image_bytes)
    data = tf.pad(tf.io.decode_raw(image_bytes, tf.uint8), [(0, HEADER_BYTES)])

    def chunk(at: tf.Tensor) -> tf.Tensor:
        """Length, type and the first four bytes of data, int64 (12,)."""
        return tf.cast(data[at : at + 12], tf.int64)

    def is_a(kind: bytes, at: tf.Tensor) -> tf.Tensor:
        return tf.reduce_all(chunk(at)[4:8] == list(kind))

    def goes_on(at: tf.Tensor) -> tf.Tensor:
        return (at < length) & ~is_a(b"acTL", at) & ~is_a(b"IDAT", at)

    def behind(at: tf.Tensor) -> tuple[tf.Tensor]:
        end = tf.cast(at, tf.int64) + 12 + _big(chunk(at), 0, 4)
        return (tf.cast(tf.minimum(end, tf.cast(length, tf.int64)), tf.int32),)

    (at,) = tf.while_loop(goes_on, behind, (tf.minimum(8, length),), maximum_iterations=MOST_CHUNKS)
    return is_a(b"acTL", at) & (_big(chunk(at), 8, 4) > 1)


def _animated_gif(image_bytes: tf.Tensor) -> tf.Tensor:
    """True where a second image follows the first (GIF89a, sections 18 to 27).

    A GIF is a chain of blocks. All places are treated at once as if a block began there, and the way along
    the chain doubles at each step, so that many tiny blocks cost no more than one.
    """
    data = tf.cast(tf.io.decode_raw(image_bytes, tf.uint8), tf.int32)
    end = tf.size(data)
    places = tf.range(end + 1)  # the last one is the end of the file
    data = tf.pad(data, [(0, 1)])
    steps = tf.cast(tf.math.ceil(tf.math.log(tf.cast(end + 1, tf.float64)) / math.log(2)), tf.int32)

    def last(following: tf.Tensor) -> tf.Tensor:
        """The place where each chain stops, one that follows itself."""
        return tf.while_loop(
            lambda i, _: i < steps,
            lambda i, chain: (i + 1, tf.gather(chain, chain)),
            (0, tf.minimum(following, end)),
            shape_invariants=(tf.TensorShape(()), tf.TensorShape((None,))),
        )[1]

    # Sub-blocks: a length and as many bytes; the one of length 0 ends them.
    after = last(tf.where(data == 0, places, places + 1 + data)) + 1

    def table(flags: tf.Tensor) -> tf.Tensor:
        return tf.where(flags < 128, 0, 3 * 2 ** (flags % 8 + 1))

    def at(wanted: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
        return tf.gather(values, tf.minimum(wanted, end))

    extension, image, trailer = 0x21, 0x2C, 0x3B
    image_data = places + 11 + table(at(places + 9, data))
    following = tf.where(data == image, at(image_data, after), places + 1)
    following = tf.where(data == extension, at(places + 2, after), following)
    following = tf.minimum(tf.where(data == trailer, end, following), end)
    images = last(tf.where((data == image) | (places == end), places, following))
    first = at(13 + table(at(tf.constant(10), data)), images)
    return at(at(first, following), images) < end


def _little(header: tf.Tensor, at: int, count: int) -> tf.Tensor:
    return tf.reduce_sum(header[at : at + count] * [256**i for i in range(count)])


def _big(header: tf.Tensor, at: int, count: int) -> tf.Tensor:
    return tf.reduce_sum(header[at : at + count] * [256**i for i in reversed(range(count))])


def _webp_lossless(packed: tf.Tensor) -> tf.Tensor:
    """14 bits of width - 1 and then 14 bits of height - 1, from the lowest bit on."""
    return 1 + tf.stack([packed // 2**14 % 2**14, packed % 2**14])
