"""Images -> files: PNG strip by strip, JPEG and WebP at once, each complete or not at all.

PNG is written here, by "Portable Network Graphics (PNG) Specification (Third Edition)", W3C 2025, since
Pillow's encoder wants the whole image at once and has no 16-bit colour.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from srgan_tf.errors import WorkError
from srgan_tf.files import replacing
from srgan_tf.images.reading import eight_bits

WRITABLE = ("png", "jpg", "webp")
"""Formats by suffix. PNG is written as the image is made; the others need it whole."""

OPTIONS = {"jpg": {"quality": 95, "subsampling": 0}, "webp": {"quality": 95}}
LARGEST_SIDES = {"png": 2**31 - 1, "jpg": 65500, "webp": 16383}  # of the formats, as libraries have them

_EXIF_IFD, _WIDTH, _HEIGHT = 0x8769, 0xA002, 0xA003  # numbers of tags in the Exif 2.3 specification

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""Channels (grey, grey and alpha, RGB, RGBA) -> colour type (section 11.2.1)."""

PNG_LEVEL = 1
"""Effort of PNG's compression where nobody says otherwise, 0 to 9.

0 stores. 1 looks for runs of equal bytes alone (Z_RLE): files of upscaled photographs are 0.99 times as large
as with 6, and take 40 instead of 270 processor ms a megapixel, since after filtering nothing else repeats.
2 to 9 are zlib's: 6 makes files of text and drawings a third to a half smaller.
"""

ROWS_AT_ONCE = 64
CHUNK = 2**20


@dataclass(frozen=True, eq=False)
class ImageStrips:
    """An image that comes as strips, which may be made while they are taken.

    Attributes:
      height: in pixels.
      width: in pixels.
      channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is not premultiplied.
      dtype: uint8 or uint16.
      strips: `dtype` (rows, width, channels), from top to bottom, `height` rows in all.
    """

    height: int
    width: int
    channels: int
    dtype: np.dtype
    strips: Iterator[np.ndarray]


def format_of(path: Path) -> str:
    """Returns the format that a path's ending names; not checked to be one of `WRITABLE`."""
    return path.suffix[1:].lower().replace("jpeg", "jpg")


def check_fits(size: tuple[int, int], alpha: bool, kind: str) -> None:
    """Checks, before anything is computed, that a format can hold an image.

    Args:
      size: height and width of the image.
      alpha: True if it has alpha.
      kind: one of `WRITABLE`.

    Raises:
      WorkError: it cannot; the message names the format's limit.
    """
    height, width = size
    if max(size) > LARGEST_SIDES[kind]:
        raise WorkError(
            f"{width}x{height} is too large for {kind}, which holds sides up to "
            f"{LARGEST_SIDES[kind]}; use --format=png"
        )
    if kind == "jpg" and alpha:
        raise WorkError("it has alpha, and JPEG has none; use --format=png or webp")


def write_image(
    image: ImageStrips,
    path: Path,
    *,
    exif: Image.Exif | None = None,
    icc: bytes | None = None,
    png_level: int = PNG_LEVEL,
) -> None:
    """Writes an image with EXIF data and colour profile, complete or not at all.

    PNG keeps 16 bits. JPEG and WebP have 8, so 16 are rounded to 8.

    Args:
      image: the image; its strips are used up.
      path: a `.png`, `.jpg` or `.webp` file.
      exif: EXIF data, in which the size is set to that of the image.
      icc: an ICC profile of the image's colour space.
      png_level: see `PNG_LEVEL`; of no effect on other formats.
    """
    described = exif and exif_bytes(exif, image.height, image.width)
    with replacing(path) as beside:
        if format_of(path) == "png":
            with beside.open("wb") as file:
                tiff = described and described.removeprefix(b"Exif\0\0")
                write_png(file, image, exif=tiff, icc=icc, level=png_level)
            return
        kept = {"exif": described, "icc_profile": icc}
        whole = Image.fromarray(_whole(image))
        whole.save(beside, **OPTIONS[format_of(path)], **{k: v for k, v in kept.items() if v})


def write_rgb(image: np.ndarray, path: Path) -> None:
    """Writes a uint8 (H, W, 3) image as PNG, complete or not at all."""
    with replacing(path) as beside:
        beside.write_bytes(encode_png(image))


def encode_png(image: np.ndarray, compress_level: int = -1) -> bytes:
    """Returns a PNG file with an image and nothing else.

    Args:
      image: uint8 (H, W, 3).
      compress_level: 0 (stored) to 9 (smallest); -1 is zlib's usual.
    """
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=compress_level)
    return file.getvalue()


def exif_bytes(exif: Image.Exif, height: int, width: int) -> bytes:
    """Returns EXIF data for an image of this size, with the six bytes before it that JPEG files have."""
    details = exif.get_ifd(_EXIF_IFD) if _EXIF_IFD in exif else {}  # asking would make one
    for tag, value in ((_WIDTH, width), (_HEIGHT, height)):
        if tag in details:
            details[tag] = value
    return exif.tobytes()


def _whole(image: ImageStrips) -> np.ndarray:
    """All strips together as Pillow takes them: uint8 (h, w) or (h, w, C)."""
    whole = np.empty((image.height, image.width, image.channels), np.uint8)
    top = 0
    for strip in image.strips:
        whole[top : top + len(strip)] = eight_bits(strip)
        top += len(strip)
    return whole[..., 0] if image.channels == 1 else whole


def write_png(
    file: BinaryIO,
    image: ImageStrips,
    *,
    exif: bytes | None = None,
    icc: bytes | None = None,
    level: int = PNG_LEVEL,
) -> None:
    """Writes an image as it is made.

    Args:
      file: opened for writing bytes.
      image: the image; its strips are used up.
      exif: a TIFF structure, without the six bytes that JPEG files have before it.
      icc: an ICC profile.
      level: see `PNG_LEVEL`.
    """
    bits, channels = 8 * image.dtype.itemsize, image.channels
    file.write(SIGNATURE)
    _chunk(
        file,
        b"IHDR",
        struct.pack(">IIBBBBB", image.width, image.height, bits, COLOUR_TYPES[channels], 0, 0, 0),
    )
    if icc:
        _chunk(file, b"iCCP", b"ICC profile\0\0" + zlib.compress(icc))
    if exif:
        _chunk(file, b"eXIf", exif)
    deflate = zlib.compressobj(level, strategy=zlib.Z_RLE if level == 1 else zlib.Z_DEFAULT_STRATEGY)
    prepared = filtered if level else _unfiltered
    waiting = bytearray()
    above = np.zeros(image.width * channels * bits // 8, np.uint8)
    for strip in image.strips:
        samples = strip.reshape(len(strip), -1)
        for first in range(0, len(strip), ROWS_AT_ONCE):
            part = samples[first : first + ROWS_AT_ONCE]
            rows = np.ascontiguousarray(part, ">u2" if bits == 16 else "u1").view(np.uint8)
            waiting += deflate.compress(prepared(rows, above, channels * bits // 8))
            above = rows[-1]
            if len(waiting) >= CHUNK:
                _chunk(file, b"IDAT", waiting)
                waiting.clear()
    _chunk(file, b"IDAT", waiting + deflate.flush())
    _chunk(file, b"IEND", b"")


def filtered(rows: np.ndarray, above: np.ndarray, distance: int) -> np.ndarray:
    """Rows as differences from their neighbours, which compress better (sections 9.2 and 12.7).

    Each row is filtered in the five ways, and the one whose differences have the smallest sum of magnitudes
    is taken.

    Args:
      rows: uint8 (n, bytes), the bytes of some rows.
      above: uint8 (bytes,), the row before them; zeros above the first one.
      distance: bytes from a sample to that of its left neighbour.

    Returns:
      uint8 (n, 1 + bytes), each row with the number of its filter before it.
    """
    up = np.concatenate([above[None], rows[:-1]])
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, distance:], corner[:, distance:] = rows[:, :-distance], up[:, :-distance]
    mean = (left & up) + ((left ^ up) >> 1)  # floor((left + up) / 2) without leaving 8 bits
    kinds = [rows, rows - left, rows - up, rows - mean, rows - _paeth(left, up, corner)]
    sums = [np.abs(kind.view(np.int8)).view(np.uint8).sum(axis=1, dtype=np.int64) for kind in kinds]
    best = np.argmin(sums, axis=0)
    result = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    result[:, 0] = best
    for number, kind in enumerate(kinds):
        result[best == number, 1:] = kind[best == number]
    return result


def _unfiltered(rows: np.ndarray, *_: object) -> np.ndarray:
    return np.concatenate([np.zeros((len(rows), 1), np.uint8), rows], axis=1)


def _paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """The neighbour closest to left + up - corner; ties go to left, then to up (section 9.4).

    With left and up as low and high, and corner between them (beyond, it is as if it were at the nearer end),
    the distances are high - corner to low, corner - low to high, and the difference of both to corner itself.
    So low is closest where 2 * (high - corner) <= corner - low, and high where
    2 * (corner - low) <= high - corner. No value leaves 8 bits, of which a processor does many at a time.
    """
    low, high = np.minimum(left, up), np.maximum(left, up)
    corner = np.minimum(np.maximum(corner, low), high)
    above_low, below_high = corner - low, high - corner
    take_low = 0 - (below_high <= above_low >> 1).view(np.uint8)  # all bits or none
    take_high = 0 - (above_low <= below_high >> 1).view(np.uint8)
    return corner - (above_low & take_low) + (below_high & take_high)


def _chunk(file: BinaryIO, kind: bytes, content: bytes | bytearray) -> None:
    file.write(struct.pack(">I", len(content)) + kind)
    file.write(content)
    file.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))
