"""A decoded image upscaled: colour by an upscaler, alpha beside it, by any factor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import distance_transform_edt

from srgan_tf.images import DecodedImage, eight_bits
from srgan_tf.images.writing import ImageStrips
from srgan_tf.inference.resize import resized_rows, resized_strips, rows_read
from srgan_tf.inference.upscaler import Done, Need, Upscaler


@dataclass(frozen=True, eq=False)
class Upscaling:
    """An image that is about to be upscaled, in two parts, for which there may be two threads.

    Attributes:
      colour: the upscaler's strips; nothing is computed before they are taken.
      result: function from `colour` to the result, with its alpha and in its size.
    """

    colour: Iterator[np.ndarray]
    result: Callable[[Iterator[np.ndarray]], ImageStrips]


def upscaled(image: DecodedImage, upscaler: Upscaler, *, factor: float | None = None) -> ImageStrips:
    """Returns an image upscaled, all in the thread that takes the strips; see `upscaling`."""
    work = upscaling(image, upscaler, factor=factor)
    return work.result(work.colour)


def upscaling(
    image: DecodedImage,
    upscaler: Upscaler,
    *,
    factor: float | None = None,
    whole: bool = False,
    beside: int = 0,
    done: Done | None = None,
) -> Upscaling:
    """Returns the work of upscaling an image with its alpha.

    Colour goes through the upscaler. Where alpha is zero a file's colour means nothing, and is often black,
    but a network would mix it into the visible pixels beside it; so it is replaced by that of the nearest
    visible pixel first. Alpha is upscaled bicubically: networks were trained on photographs and would draw
    their texture into a mask, whose opaque and empty parts must stay exactly opaque and empty.

    Args:
      image: the image. An upscaler that is not `deep` gives its result in 8 bits.
      upscaler: a network or a server.
      factor: side of the result over that of the image; other than the upscaler's scale, its result is
        resized bicubically. None is the scale.
      whole: True if the strips will be gathered, so that the memory must hold them all, twice while they are
        encoded.
      beside: bytes that the caller takes beside the image and its result.
      done: told again and again how many LR pixels were upscaled.

    Raises:
      UsageError: the upscaler's memory is too little.
    """
    if not upscaler.deep:
        alpha = None if image.alpha is None else eight_bits(image.alpha)
        image = replace(image, colour=eight_bits(image.colour), alpha=alpha)
    height, width = image.colour.shape[:2]
    dtype, scale = image.colour.dtype, upscaler.scale
    size = (height * scale, width * scale)
    target = new_size(image, upscaler, factor)
    channels = image.colour.shape[2] + (image.alpha is not None)
    # What reading and `filled` hold at their peak; measured, with what they leave to Python's allocator.
    held = image.colour.nbytes * 3 + (14 * height * width if image.alpha is not None else 0)
    held += 2 * target[0] * target[1] * channels * dtype.itemsize if whole else 0
    held += beside
    resized = target != size
    # Sixteen bits until the last step, or the values would be rounded twice.
    between = np.dtype(np.uint16 if resized and upscaler.deep else dtype)
    # A row of tiles is being computed while the one before is being written, some rows at a time.
    need = Need(held, 2 * channels * between.itemsize)
    colour = image.colour if image.alpha is None else filled(image.colour, image.alpha)

    def strips(parts: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        top = 0
        for part in resized_strips(parts, size, target, dtype) if resized else parts:
            if image.alpha is not None:
                part = np.concatenate([part, alpha_rows(image.alpha, target, top, len(part))], axis=2)
            top += len(part)
            yield part

    return Upscaling(
        upscaler.strips(colour, between, need, done),
        lambda parts: ImageStrips(*target, channels, dtype, strips(parts)),
    )


def new_size(image: DecodedImage, upscaler: Upscaler, factor: float | None) -> tuple[int, int]:
    """Returns height and width of the result of `upscaled`."""
    height, width = image.colour.shape[:2]
    factor = upscaler.scale if factor is None else factor
    return max(round(height * factor), 1), max(round(width * factor), 1)


def filled(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Returns the colour, with that of the nearest visible pixel where nothing is visible.

    Args:
      colour: (h, w, C).
      alpha: (h, w); 0 is invisible.

    Returns:
      Like `colour`.
    """
    if alpha.all() or not alpha.any():
        return colour
    rows, columns = distance_transform_edt(alpha == 0, return_distances=False, return_indices=True)
    return colour[rows, columns]


def alpha_rows(alpha: np.ndarray, new_size: tuple[int, int], top: int, rows: int) -> np.ndarray:
    """Returns some rows of the upscaled alpha.

    Args:
      alpha: uint8 or uint16 (h, w).
      new_size: (height, width) of the whole result.
      top: the first row wanted.
      rows: how many.

    Returns:
      The dtype of `alpha`, (rows, new width, 1).
    """
    height = len(alpha)
    start, stop = rows_read(height, new_size[0], top, top + rows)
    return resized_rows(alpha[start:stop, :, None], start, height, new_size, top, top + rows, alpha.dtype)
