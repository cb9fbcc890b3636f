"""Bicubic resizing of an image that is never there as a whole: its rows come in strips."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

ROWS_AT_ONCE = 256
_TAPS = 3
"""Rows that bicubic interpolation reads on each side, in steps of the coarser grid, rounded up."""


def resized_strips(
    strips: Iterable[np.ndarray], size: tuple[int, int], new_size: tuple[int, int], dtype: npt.DTypeLike
) -> Iterator[np.ndarray]:
    """Yields the strips of an image, resized.

    Args:
      strips: uint8 or uint16 (rows, width, C), all rows of the image in order.
      size: its (height, width).
      new_size: the (height, width) wanted.
      dtype: of the result, uint8 or uint16.

    Yields:
      `dtype` (rows, new width, C); all its rows together equal `resized_rows` of the whole.
    """
    first, top, held = 0, 0, None
    for strip in strips:
        held = strip if held is None else np.concatenate([held, strip])
        while first < new_size[0]:
            last = min(first + ROWS_AT_ONCE, new_size[0])
            start, stop = rows_read(size[0], new_size[0], first, last)
            if stop > top + len(held):
                break
            yield resized_rows(held, top, size[0], new_size, first, last, dtype)
            first = last
            start, _ = rows_read(size[0], new_size[0], first, first + 1)
            held, top = held[max(start - top, 0) :], max(start, top)


def rows_read(height: int, new_height: int, first: int, last: int) -> tuple[int, int]:
    """Returns the rows, first and behind the last, that rows `first` to `last` (exclusive) are made of."""
    ratio = height / new_height
    reach = _TAPS * max(ratio, 1)
    return max(int(first * ratio - reach), 0), min(int(last * ratio + reach) + 1, height)


def resized_rows(
    rows: np.ndarray,
    top: int,
    height: int,
    new_size: tuple[int, int],
    first: int,
    last: int,
    dtype: npt.DTypeLike,
) -> np.ndarray:
    """Returns some rows of a resized image: Pillow's bicubic, with a wider kernel where the image shrinks.

    It is computed in floating point and rounded once.

    Args:
      rows: uint8 or uint16 (rows, width, C), at least those of `rows_read`.
      top: which row of the image the first of them is.
      height: of the whole image.
      new_size: (height, width) of the whole resized image.
      first: the first row wanted.
      last: the row behind the last one wanted.
      dtype: of the result, uint8 or uint16.

    Returns:
      `dtype` (last - first, new width, C); full scale stays full scale.
    """
    start, stop = rows_read(height, new_size[0], first, last)
    ratio = height / new_size[0]
    box = (0, first * ratio - start, rows.shape[1], min(last * ratio - start, stop - start))
    highest = np.iinfo(dtype).max
    result = np.empty((last - first, new_size[1], rows.shape[2]), dtype)
    for channel in range(rows.shape[2]):
        plane = Image.fromarray(rows[start - top : stop - top, :, channel].astype(np.float32))
        plane = plane.resize((new_size[1], last - first), Image.Resampling.BICUBIC, box)
        values = np.asarray(plane) * (highest / np.iinfo(rows.dtype).max)
        result[..., channel] = np.clip(np.round(values), 0, highest)
    return result
