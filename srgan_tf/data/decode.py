"""Encoded image -> picture: what a file holds, and upright 8-bit RGB from every kind of file.

Whatever decoder serves an image, its pixels are the same: TensorFlow's JPEG and PNG decoders, which run
inside `tf.data` and can read a part of a JPEG, are used for the plain files on which they equal Pillow.
"""

import enum
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    import tensorflow as tf

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"})

# libjpeg interpolates chroma between blocks, and the first and last column of a window do not see their
# neighbours outside it: a window is decoded with this many more pixels on each side.
JPEG_MARGIN = 2
_CHROMA_RATIOS = {(1, 1), (2, 1), (1, 2), (2, 2)}  # luma samples per chroma sample, across and down
_ORIENTATION = 0x0112  # the tag's number in the Exif specification


class Decoder(enum.IntEnum):
    """What turns an image's bytes into pixels."""

    PILLOW = 0  # anything that needs conversion or turning
    JPEG = 1  # tf.io.decode_and_crop_jpeg
    PNG = 2  # tf.io.decode_png
    BMP = 3  # none: srgan_tf.data.uncompressed reads the pixels, of packed images only


@dataclass(frozen=True)
class ImageFacts:
    """What training must know of an image: the size of the upright picture, and how to decode it."""

    height: int
    width: int
    decoder: Decoder


class UnusableImage(Exception):  # noqa: N818 - a finding about a file, which scanning records
    """The bytes are no picture to train on; the message is the reason."""


def decode_rgb(encoded: bytes) -> np.ndarray:
    """The picture in a JPEG, PNG, WebP, BMP or GIF file, as 8-bit RGB.

    The file's contents decide its format. It is turned as its EXIF orientation says; of an animation the
    first frame is taken; transparency is laid over white; 16-bit grey is divided by 257 and rounded (of
    16-bit colour Pillow keeps the high byte); colour profiles are ignored, as everywhere in the field.

    Args:
      encoded: the file's bytes.

    Returns:
      uint8 (H, W, 3).

    Raises:
      UnusableImage: the bytes cannot be decoded to the last pixel.
    """
    with _reasons(encoded), _open(encoded) as image:
        image.load()
        return _upright_rgb(image)


def image_facts(encoded: bytes) -> ImageFacts:
    """Decodes an image completely and says what is needed to train on it.

    Args:
      encoded: the file's bytes.

    Raises:
      UnusableImage: the bytes cannot be decoded to the last pixel.
    """
    import tensorflow as tf  # here, so that `decode_rgb` is there without it

    with _reasons(encoded), _open(encoded) as image:
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


def decode_plain(encoded: "tf.Tensor", decoder: Decoder, window: "tf.Tensor | None" = None) -> "tf.Tensor":
    """A plain JPEG or PNG, equal to `decode_rgb`; in a graph too.

    Args:
      encoded: string scalar, the file's bytes.
      decoder: JPEG or PNG.
      window: int32 (4,), first row, first column, height and width of the part of a JPEG to decode; None for
        all. The pixels within `JPEG_MARGIN` of a window's edge may differ from the whole picture's.

    Returns:
      uint8 (H, W, 3).
    """
    import tensorflow as tf

    if decoder == Decoder.PNG:
        return tf.io.decode_png(encoded, channels=3)
    # INTEGER_ACCURATE is Pillow's transform; the default is faster and not equal.
    if window is None:
        return tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.io.decode_and_crop_jpeg(encoded, window, channels=3, dct_method="INTEGER_ACCURATE")


def _open(encoded: bytes) -> Image.Image:
    return Image.open(io.BytesIO(encoded), formats=FORMATS)


@contextmanager
def _reasons(encoded: bytes) -> Iterator[None]:
    """Turns whatever Pillow raises on bad bytes into `UnusableImage` with a reason a user can read."""
    if not encoded:
        raise UnusableImage("empty file")
    try:
        yield
    except UnidentifiedImageError:
        raise UnusableImage("no JPEG, PNG, WebP, BMP or GIF image, or damaged at its start") from None
    except Image.DecompressionBombError:
        raise UnusableImage("more pixels than Pillow's limit against decompression bombs") from None
    except Exception as error:  # of damaged files: OSError, SyntaxError, ValueError, struct.error...
        raise UnusableImage(f"cannot be decoded: {error}") from None


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


def _upright_rgb(image: Image.Image) -> np.ndarray:
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.uint32)
        return np.repeat(((grey + 128) // 257).astype(np.uint8)[..., None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))
