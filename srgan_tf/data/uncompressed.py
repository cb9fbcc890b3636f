"""Pictures stored uncompressed, so that any part can be read without the rest: plain BMP files.

A BMP file of 24 bits per pixel (Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER) is a header of 54 bytes
and then the rows, the lowest first, each padded to a multiple of 4 bytes. A pixel is blue, green, red. Every
image program reads such files, and the place of every pixel is known.
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image

_HEADER = 54  # bytes


def encode_bmp(picture: np.ndarray) -> bytes:
    """A picture as a BMP file.

    Args:
      picture: uint8 (H, W, 3).
    """
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "BMP")
    return out.getvalue()


def read_bmp_part(path: Path, start: int, size: tuple[int, int], rows: range, columns: range) -> np.ndarray:
    """A part of a picture that `encode_bmp` encoded, reading no other rows.

    Args:
      path: a file that contains the BMP file.
      start: where in it the BMP file starts.
      size: the picture's height and width.
      rows: consecutive rows of the picture.
      columns: consecutive columns.

    Returns:
      uint8 (len(rows), len(columns), 3).

    Raises:
      OSError: the file cannot be read, or ends too early.
    """
    height, width = size
    stride = (3 * width + 3) // 4 * 4
    first = start + _HEADER + (height - rows.stop) * stride
    lines = np.fromfile(path, np.uint8, len(rows) * stride, offset=first)
    if lines.size < len(rows) * stride:
        raise OSError(f"{path} is cut short: expected {len(rows) * stride} bytes from byte {first} on")
    lines = lines.reshape(len(rows), stride)[::-1, 3 * columns.start : 3 * columns.stop]
    bgr = lines.reshape(len(rows), len(columns), 3)
    rgb = np.empty_like(bgr)
    for channel in range(3):  # three times as fast as bgr[..., ::-1], which copies pixel by pixel
        rgb[..., channel] = bgr[..., 2 - channel]
    return rgb
