"""PNG files written row by row, 8 and 16 bits, with EXIF and colour profile.

"Portable Network Graphics (PNG) Specification (Third Edition)", W3C 2025. Pillow's encoder wants the whole
picture at once and has no 16-bit colour.
"""

import struct
import zlib
from collections.abc import Iterable
from typing import BinaryIO

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""Channels (grey, grey and alpha, RGB, RGBA) -> colour type (section 11.2.1)."""

LARGEST_SIDE = 2**31 - 1
LEVEL = 6
ROWS_AT_ONCE = 64
CHUNK = 2**20


def write_png(
    file: BinaryIO,
    bands: Iterable[np.ndarray],
    *,
    height: int,
    width: int,
    channels: int,
    bits: int,
    exif: bytes | None = None,
    icc: bytes | None = None,
) -> None:
    """Writes a picture as it is made.

    Args:
      file: where to, opened for writing bytes.
      bands: uint8 or uint16 (rows, width, channels), from top to bottom, `height` rows in all.
      height: of the picture.
      width: of the picture.
      channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is not premultiplied.
      bits: 8 or 16, per channel.
      exif: a TIFF structure, without the six bytes that JPEG files have before it.
      icc: an ICC profile.
    """
    file.write(SIGNATURE)
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, bits, COLOUR_TYPES[channels], 0, 0, 0))
    if icc:
        _chunk(file, b"iCCP", b"ICC profile\0\0" + zlib.compress(icc))
    if exif:
        _chunk(file, b"eXIf", exif)
    deflate = zlib.compressobj(LEVEL)
    waiting = bytearray()
    above = np.zeros(width * channels * bits // 8, np.uint8)
    for band in bands:
        samples = band.reshape(len(band), -1)
        for first in range(0, len(band), ROWS_AT_ONCE):
            part = samples[first : first + ROWS_AT_ONCE]
            rows = np.ascontiguousarray(part, ">u2" if bits == 16 else "u1").view(np.uint8)
            waiting += deflate.compress(filtered(rows, above, channels * bits // 8))
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
    sums = [np.minimum(kind, 0 - kind).sum(axis=1, dtype=np.int64) for kind in kinds]
    best = np.argmin(sums, axis=0)
    result = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    result[:, 0] = best
    for number, kind in enumerate(kinds):
        result[best == number, 1:] = kind[best == number]
    return result


def _paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """The neighbour closest to left + up - corner; ties go to left, then to up (section 9.4)."""
    a, b, c = (values.astype(np.int16) for values in (left, up, corner))
    from_left, from_up = np.abs(b - c), np.abs(a - c)
    from_corner = np.abs(a + b - 2 * c)
    nearest = np.where(from_up <= from_corner, up, corner)
    return np.where((from_left <= from_up) & (from_left <= from_corner), left, nearest)


def _chunk(file: BinaryIO, kind: bytes, content: bytes | bytearray) -> None:
    file.write(struct.pack(">I", len(content)) + kind)
    file.write(content)
    file.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))
