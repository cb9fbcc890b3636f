"""A picture file's contents enlarged: colour by the network, alpha beside it, any factor."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.ndimage import distance_transform_edt

from srgan_tf.images import DecodedImage
from srgan_tf.images.writing import ImageStrips
from srgan_tf.inference.bands import sr_bands, tile_for
from srgan_tf.inference.network import Network
from srgan_tf.inference.resize import resized_bands, resized_rows, rows_read


def enlarge(
    picture: DecodedImage,
    network: Network,
    *,
    factor: float | None = None,
    max_memory: int,
    whole: bool = False,
    done: Callable[[int], object] | None = None,
) -> ImageStrips:
    """Enlarges a picture.

    Colour goes through the network. Where alpha is zero a file's colour means nothing, and is often black,
    but the network would mix it into the visible pixels beside it; so it is replaced by that of the nearest
    visible pixel first. Alpha is enlarged bicubically: the network was trained on photographs and would draw
    their texture into a mask, whose opaque and empty parts must stay exactly opaque and empty.

    Args:
      picture: what to enlarge.
      network: what enlarges it.
      factor: enlargement of each side; other than the network's scale, its result is resized bicubically.
        None is the network's scale.
      max_memory: bytes for all this, the given picture included.
      whole: the bands will be gathered, so that the memory must hold them all, twice while they are encoded.
      done: told after each tile how many LR pixels were enlarged.

    Returns:
      The result; nothing is computed before its bands are asked for.

    Raises:
      UsageError: the memory is too little.
    """
    height, width = picture.colour.shape[:2]
    scale, dtype = network.scale, picture.colour.dtype
    size = (height * scale, width * scale)
    factor = scale if factor is None else factor
    new_size = (max(round(height * factor), 1), max(round(width * factor), 1))
    channels = picture.colour.shape[2] + (picture.alpha is not None)
    # What reading and `filled` hold at their peak; measured, with what they leave to Python's allocator.
    held = picture.colour.nbytes * 3 + (14 * height * width if picture.alpha is not None else 0)
    held += 2 * new_size[0] * new_size[1] * channels * dtype.itemsize if whole else 0
    resized = new_size != size
    # A row of tiles is there in the network's depth, and again joined with alpha or while it is resized.
    sr_bytes = 2 * channels * (2 if resized else dtype.itemsize)
    tile = tile_for(network, height, width, max_memory, held=held, sr_bytes=sr_bytes)

    def bands() -> Iterator[np.ndarray]:
        colour = picture.colour if picture.alpha is None else filled(picture.colour, picture.alpha)
        # Sixteen bits until the last step, or the values would be rounded twice.
        parts = sr_bands(network, colour, tile, np.uint16 if resized else dtype, done)
        if resized:
            parts = resized_bands(parts, size, new_size, dtype)
        top = 0
        for part in parts:
            if picture.alpha is not None:
                part = np.concatenate([part, alpha_rows(picture.alpha, new_size, top, len(part))], axis=2)
            top += len(part)
            yield part

    return ImageStrips(*new_size, channels, dtype, bands())


def filled(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The colour, with that of the nearest visible pixel where nothing is visible.

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
    """Some rows of the enlarged alpha.

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
