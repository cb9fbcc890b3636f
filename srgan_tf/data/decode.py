"""Fast forms of `srgan_tf.images.decode_rgb`, equal to it: TensorFlow's decoders, and stored pixels.

TensorFlow's JPEG and PNG decoders run inside `tf.data` and can read a part of a JPEG; they are used for the
plain files on which they equal Pillow. Packed images may be stored uncompressed, so that any part can be read
without the rest: as a BMP file of 24 bits per pixel (Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER),
which is a header of 54 bytes and then the rows, the lowest first, each padded to a multiple of 4 bytes. A
pixel is blue, green, red. Every image program reads such files, and the place of every pixel is known.
"""

import enum
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from srgan_tf.images import decode_rgb, opened

# libjpeg interpolates chroma between blocks, and the first and last column of a window do not see their
# neighbours outside it: a window is decoded with this many more pixels on each side.
JPEG_MARGIN = 2
_CHROMA_RATIOS = {(1, 1), (2, 1), (1, 2), (2, 2)}  # luma samples per chroma sample, across and down
_ORIENTATION = 0x0112  # the tag's number in the Exif specification
_BMP_HEADER = 54  # bytes


class Decoder(enum.IntEnum):
    """The ways from an image's bytes to its pixels."""

    PILLOW = 0  # anything that needs conversion, or is not upright
    JPEG = 1  # tf.io.decode_and_crop_jpeg
    PNG = 2  # tf.io.decode_png
    BMP = 3  # none: `read_bmp_part` reads the pixels, of packed images only


@dataclass(frozen=True)
class ImageFacts:
    """The size of an upright image, and the way to decode it."""

    height: int
    width: int
    decoder: Decoder


def image_facts(encoded: bytes) -> ImageFacts:
    """Returns the facts about an image, having decoded it completely.

    Args:
      encoded: the file's bytes.

    Raises:
      UnusableImage: the bytes cannot be decoded to the last pixel.
    """
    with opened(encoded) as image:
        decoder = _plain(image, encoded)
    if decoder != Decoder.PILLOW:
        try:
            height, width, _ = decode_plain(tf.constant(encoded), decoder).shape
        except tf.errors.InvalidArgumentError:
            pass  # Pillow reads some files that TensorFlow does not, and says better what is wrong
        else:
            return ImageFacts(height, width, decoder)
    height, width, _ = decode_rgb(encoded).shape
    return ImageFacts(height, width, Decoder.PILLOW)


def decode_plain(encoded: tf.Tensor, decoder: Decoder, window: tf.Tensor | None = None) -> tf.Tensor:
    """Returns a plain JPEG or PNG decoded, equal to `decode_rgb`; in a graph too.

    Args:
      encoded: string scalar, the file's bytes.
      decoder: JPEG or PNG.
      window: int32 (4,), first row, first column, height and width of the part of a JPEG to decode; None for
        all. The pixels within `JPEG_MARGIN` of a window's edge may differ from the whole image's.

    Returns:
      uint8 (H, W, 3).
    """
    if decoder == Decoder.PNG:
        return tf.io.decode_png(encoded, channels=3)
    # INTEGER_ACCURATE is Pillow's transform; the default is faster and not equal.
    if window is None:
        return tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.io.decode_and_crop_jpeg(encoded, window, channels=3, dct_method="INTEGER_ACCURATE")


def encode_bmp(image: np.ndarray) -> bytes:
    """Returns an image as a BMP file.

    Args:
      image: uint8 (H, W, 3).
    """
    out = io.BytesIO()
    Image.fromarray(image).save(out, "BMP")
    return out.getvalue()


def read_bmp_part(path: Path, start: int, size: tuple[int, int], rows: range, columns: range) -> np.ndarray:
    """Returns a part of an image that `encode_bmp` encoded, reading no other rows.

    Args:
      path: a file that contains the BMP file.
      start: where in it the BMP file starts.
      size: the image's height and width.
      rows: consecutive rows of the image.
      columns: consecutive columns.

    Returns:
      uint8 (len(rows), len(columns), 3).

    Raises:
      OSError: the file cannot be read, or ends too early.
    """
    height, width = size
    stride = (3 * width + 3) // 4 * 4
    first = start + _BMP_HEADER + (height - rows.stop) * stride
    lines = np.fromfile(path, np.uint8, len(rows) * stride, offset=first)
    if lines.size < len(rows) * stride:
        raise OSError(f"{path} is cut short: expected {len(rows) * stride} bytes from byte {first} on")
    lines = lines.reshape(len(rows), stride)[::-1, 3 * columns.start : 3 * columns.stop]
    bgr = lines.reshape(len(rows), len(columns), 3)
    rgb = np.empty_like(bgr)
    for channel in range(3):  # three times as fast as bgr[..., ::-1], which copies pixel by pixel
        rgb[..., channel] = bgr[..., 2 - channel]
    return rgb


def _plain(image: Image.Image, encoded: bytes) -> Decoder:
    """The decoder whose pixels equal Pillow's for this opened image."""
    if image.getexif().get(_ORIENTATION, 1) in range(2, 9):
        return Decoder.PILLOW
    if image.format in ("JPEG", "MPO") and image.mode in ("RGB", "L"):
        (_, across, down, _), *chroma = image.layer
        ratios = {(across / c_across, down / c_down) for _, c_across, c_down, _ in chroma}
        return Decoder.JPEG if ratios <= _CHROMA_RATIOS else Decoder.PILLOW
    if image.format == "PNG" and image.mode == "RGB" and "transparency" not in image.info:
        # The header's fixed places (PNG specification, 11.2.1): bit depth, ..., interlace method.
        return Decoder.PNG if encoded[24] == 8 and encoded[28] == 0 else Decoder.PILLOW
    return Decoder.PILLOW
