"""The enlarged picture as it is made: a row of tiles at a time, from top to bottom."""

from collections.abc import Callable, Iterator
from itertools import groupby

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from srgan_tf.data.ranges import lr_from_uint8, lr_from_uint16, uint8_from_sr, uint16_from_sr
from srgan_tf.errors import UsageError
from srgan_tf.inference.network import STEP, Network
from srgan_tf.inference.tiling import Tile, tiles

TILES = (768, 640, 512, 448, 384, 320, 256, 192, 128, 96, 64, 32, 16)
"""Sides of tiles to choose from. Larger ones would save less than a tenth and keep Ctrl-C waiting."""


def sr_bands(
    network: Network,
    picture: np.ndarray,
    tile: int,
    dtype: npt.DTypeLike,
    done: Callable[[int], object] | None = None,
) -> Iterator[np.ndarray]:
    """Enlarges a picture by the network's scale.

    Args:
      network: what enlarges.
      picture: uint8 or uint16 (h, w, C), C = 3 or 1. Grey is given to the network as three equal channels,
        and the mean of what comes out is kept, since the three are estimates of one value.
      tile: side of the tiles, LR pixels.
      dtype: of the result, uint8 or uint16.
      done: told after each tile how many LR pixels were enlarged.

    Yields:
      `dtype` (rows, scale*w, C).
    """
    height, width, channels = picture.shape
    scale = network.scale
    rounded = uint16_from_sr if np.dtype(dtype) == np.uint16 else uint8_from_sr
    for _, row in groupby(tiles(height, width, tile, network.radius), key=lambda t: t.keep.top):
        band = None
        for t in row:
            if band is None:
                band = np.empty((t.keep.height * scale, width * scale, channels), dtype)
            columns = band[:, t.keep.scaled(scale).slices[1]]
            for place, sr in _pieces(network, picture, t):
                sr = sr.mean(axis=-1, keepdims=True) if channels == 1 else sr
                columns[place] = rounded(sr)
            if done:
                done(t.keep.height * t.keep.width)
        yield band


def _pieces(
    network: Network, picture: np.ndarray, tile: Tile
) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """A tile's result in steps: where in the kept part of the tile it belongs, and float32 SR pixels."""
    lr_from = lr_from_uint16 if picture.dtype == np.uint16 else lr_from_uint8
    lr = np.broadcast_to(lr_from(picture[tile.read.slices]), (tile.read.height, tile.read.width, 3))
    features = network.trunk(tf.constant(lr[None]))
    kept = tile.keep_in_read
    for step in tiles(kept.height, kept.width, STEP, 0):
        place = step.keep.moved(kept.top, kept.left)
        read = place.grown(network.rest_radius, tile.read.height, tile.read.width)
        sr = network.rest(features[(slice(None), *read.slices)])[0].numpy()
        yield step.keep.scaled(network.scale).slices, sr[place.seen_from(read).scaled(network.scale).slices]


def tile_for(
    network: Network, height: int, width: int, max_memory: int, *, held: int = 0, sr_bytes: int = 3
) -> int:
    """The largest tile whose work stays under a memory bound.

    Args:
      network: what enlarges.
      height: of the picture, LR pixels.
      width: of the picture, LR pixels.
      max_memory: bytes in all.
      held: bytes of it that are taken already.
      sr_bytes: bytes that one SR pixel takes until its row of tiles is done with.

    Returns:
      The side of the tiles, LR pixels.

    Raises:
      UsageError: not even the smallest tile fits; says how much memory would do.
    """
    for tile in TILES:
        rows = min(tile, height) * network.scale
        need = held + network.work_bytes(height, width, tile) + rows * width * network.scale * sr_bytes
        if need <= max_memory:
            return tile
    raise UsageError(
        f"a picture of {width}x{height} needs {need / 1e9:.2f} GB even in the smallest tiles, more than the "
        f"bound of {max_memory / 1e9:.2f} GB; raise it (--max_memory)"
    )
