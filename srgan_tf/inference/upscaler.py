"""Any size through a generator, within a memory bound, equal to the whole picture at once."""

import keras
import numpy as np

from srgan_tf.errors import UsageError
from srgan_tf.inference.bands import sr_bands, tile_for
from srgan_tf.inference.network import prepared
from srgan_tf.inference.tiling import Tile, tiles
from srgan_tf.models.receptive_field import receptive_radius

__all__ = ["MAX_MEMORY", "Tile", "receptive_radius", "tiles", "upscale"]

MAX_MEMORY = 2 * 10**9
"""Bytes above what the process holds before its first picture."""


def upscale(
    model: keras.Model, picture: np.ndarray, *, tile: int | None = None, max_memory: int = MAX_MEMORY
) -> np.ndarray:
    """Enlarges a picture of any size by the generator's scale.

    The picture goes through the network in overlapping tiles. The result equals that of the whole picture at
    once; where floating-point sums in another order round differently, by one level.

    Args:
      model: a generator, as `srgan_tf.load` gives it.
      picture: uint8 or uint16 (h, w, 3), RGB, or (h, w, 1), grey.
      tile: side of the tiles, LR pixels; None takes the largest that `max_memory` allows.
      max_memory: bytes for the work, besides the two pictures.

    Returns:
      dtype and channels of `picture`, (scale*h, scale*w, channels).

    Raises:
      UsageError: not such an array, or the memory is too little.
    """
    if picture.dtype not in (np.uint8, np.uint16) or picture.ndim != 3 or picture.shape[2] not in (1, 3):
        raise UsageError(
            f"cannot upscale an array {picture.shape} of {picture.dtype}: expected uint8 or uint16 of shape "
            "(height, width, 3), or (height, width, 1) for grey"
        )
    network = prepared(model)
    height, width, channels = picture.shape
    if tile is None:
        tile = tile_for(network, height, width, max_memory, sr_bytes=channels * picture.itemsize)
    sr = np.empty((height * network.scale, width * network.scale, channels), picture.dtype)
    top = 0
    for band in sr_bands(network, picture, tile, picture.dtype):
        sr[top : top + len(band)] = band
        top += len(band)
    return sr
