"""The one way through a network: any size, strip by strip, within a memory bound, equal to the whole image.

`Upscaler` is what the rest of `inference` is given: a network of this machine (`local`) or a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from srgan_tf.data.ranges import lr_from_image, uint8_from_sr, uint16_from_sr
from srgan_tf.errors import UsageError
from srgan_tf.inference.network import Network
from srgan_tf.inference.overlap import one_behind
from srgan_tf.inference.self_ensemble import averaged, mean_bytes
from srgan_tf.inference.tiling import Box, Tile, cut, tiles

if TYPE_CHECKING:
    import keras

MAX_MEMORY = 2 * 10**9
"""Bytes above what the process holds before its first image."""

TILES = (768, 640, 512, 448, 384, 320, 256, 192, 128, 96, 64, 32, 16)
"""Sides of tiles to choose from. Larger ones would save less than a tenth and keep Ctrl-C waiting."""

Done = Callable[[int], object]
"""Told after each part of a tile how many LR pixels were upscaled."""


@dataclass(frozen=True)
class Need:
    """Memory that a caller takes beside the upscaler's.

    Attributes:
      held: bytes that are taken all the time.
      sr_bytes: bytes that one SR pixel takes until its strip is done with.
    """

    held: int = 0
    sr_bytes: int = 3


@dataclass(frozen=True)
class Upscaler:
    """A function from image to strips, with what its callers must know of it.

    Images are mirrored at their borders before a network sees them, unless `local` is told otherwise.

    Attributes:
      scale: SR side over LR side.
      strips: function (image, dtype, need, done). The image is uint8 or uint16 (h, w, C), C = 3 or 1; the
        strips are `dtype` (rows, scale*w, C), from top to bottom. Grey is given to a network as three equal
        channels, and the mean of its output is kept, since the three are estimates of one value. It raises
        UsageError at once where `need` leaves too little memory; nothing is computed before a strip is taken.
      deep: False if images and strips can be uint8 only.
      precision: numeric type of the convolutions, for messages; empty where that is not known.
    """

    scale: int
    strips: Callable[[np.ndarray, npt.DTypeLike, Need, Done | None], Iterator[np.ndarray]]
    deep: bool = True
    precision: str = ""


def local(
    model: keras.Model | Network,
    max_memory: int = MAX_MEMORY,
    tile: int | None = None,
    *,
    mirror: bool = True,
    self_ensemble: bool = False,
) -> Upscaler:
    """Returns a generator of this machine as an upscaler.

    Args:
      model: a generator, as `srgan_tf.load` gives it, or a network that is prepared already.
      max_memory: bytes for the work, with what the callers need.
      tile: side of the tiles, LR pixels; None takes the largest that `max_memory` allows.
      mirror: True to mirror images at their borders; False for the plain network, which pads with zeros.
      self_ensemble: True for the mean of the results of the eight flips and rotations, eight times the work.
    """
    if isinstance(model, Network):
        network = model
    else:
        from srgan_tf.inference.compiled import prepared

        network = prepared(model)

    def strips(
        image: np.ndarray, dtype: npt.DTypeLike, need: Need, done: Done | None
    ) -> Iterator[np.ndarray]:
        height, width = image.shape[:2]
        side = tile or tile_for(network, height, width, max_memory, need, mirror, self_ensemble)
        parts = tiles(height, width, side, network.radius, mirror)
        return _strips(network, image, parts, dtype, done, mirror, self_ensemble)

    return Upscaler(network.scale, strips, precision=network.precision)


def upscale(
    model: keras.Model | Network,
    image: np.ndarray,
    *,
    tile: int | None = None,
    max_memory: int = MAX_MEMORY,
    mirror: bool = True,
    self_ensemble: bool = False,
) -> np.ndarray:
    """Returns an image of any size upscaled by the generator's scale.

    The image goes through the network in overlapping tiles, mirrored at its borders. The result equals that
    of the whole image at once; where floating-point sums in another order round differently, up to one level.

    Args:
      model: a generator, as `srgan_tf.load` gives it.
      image: uint8 or uint16 (h, w, 3), RGB, or (h, w, 1), grey.
      tile: side of the tiles, LR pixels; None takes the largest that `max_memory` allows.
      max_memory: bytes for the work, besides the two images.
      mirror: False for the plain network, which sees zeros around the image; figures are of that one.
      self_ensemble: True for the mean of the results of the eight flips and rotations.

    Returns:
      dtype and channels of `image`, (scale*h, scale*w, channels).

    Raises:
      UsageError: not such an array, or the memory is too little.
    """
    if image.dtype not in (np.uint8, np.uint16) or image.ndim != 3 or image.shape[2] not in (1, 3):
        raise UsageError(
            f"cannot upscale an array {image.shape} of {image.dtype}: expected uint8 or uint16 of shape "
            "(height, width, 3), or (height, width, 1) for grey"
        )
    need = Need(sr_bytes=image.shape[2] * image.itemsize)
    upscaler = local(model, max_memory, tile, mirror=mirror, self_ensemble=self_ensemble)
    height, width, channels = image.shape
    sr = np.empty((height * upscaler.scale, width * upscaler.scale, channels), image.dtype)
    top = 0
    for strip in upscaler.strips(image, image.dtype, need, None):
        sr[top : top + len(strip)] = strip
        top += len(strip)
    return sr


def tile_for(
    network: Network,
    height: int,
    width: int,
    max_memory: int,
    need: Need = Need(),
    mirror: bool = False,
    self_ensemble: bool = False,
) -> int:
    """Returns the side of the largest tiles whose work stays under a memory bound.

    Args:
      network: the network.
      height: of the image, LR pixels.
      width: of the image, LR pixels.
      max_memory: bytes in all.
      need: memory that the caller takes of it.
      mirror: True if the image is mirrored at its borders.
      self_ensemble: True if the results of eight turns of a tile are averaged.

    Raises:
      UsageError: not even the smallest tile fits; says how much memory would do.
    """
    for tile in TILES:
        rows = min(tile, height) * network.scale
        work = network.work_bytes(height, width, tile, mirror)
        work += self_ensemble * mean_bytes(min(tile, height), min(tile, width), network.scale)
        # Of the upsampler's results one is being computed, one waits to be rounded, and one is.
        steps = 3 * 12 * (min(tile, network.step) * network.scale) ** 2
        total = need.held + work + steps + rows * width * network.scale * need.sr_bytes
        if total <= max_memory:
            return tile
    raise UsageError(
        f"an image of {width}x{height} needs {total / 1e9:.2f} GB even in the smallest tiles, more than the "
        f"bound of {max_memory / 1e9:.2f} GB; raise it (--max_memory)"
    )


def _strips(
    network: Network,
    image: np.ndarray,
    parts: list[Tile],
    dtype: npt.DTypeLike,
    done: Done | None,
    mirror: bool,
    self_ensemble: bool,
) -> Iterator[np.ndarray]:
    width, channels = image.shape[1:]
    scale = network.scale
    rounded = uint16_from_sr if np.dtype(dtype) == np.uint16 else uint8_from_sr

    network = network.fitted(image, mirror, np.dtype(dtype) == np.uint16)

    def fill(strip: np.ndarray, piece: _Piece, left: int) -> tuple[np.ndarray, Box]:
        """Waits for the piece, which an accelerator may still compute, and rounds it into its place."""
        sr = np.asarray(piece.sr)[piece.part]
        place = piece.place.moved(0, left)
        strip[place.scaled(scale).slices] = rounded(sr.mean(axis=-1, keepdims=True) if channels == 1 else sr)
        return strip, place

    def fills() -> Iterator[Callable[[], tuple[np.ndarray, Box]]]:
        for _, row in groupby(parts, key=lambda t: t.keep.top):
            strip = None
            for t in row:
                if strip is None:
                    strip = np.empty((t.keep.height * scale, width * scale, channels), dtype)
                for piece in _pieces(network, image, t, self_ensemble):
                    yield partial(fill, strip, piece, t.keep.left)

    for strip, place in one_behind(fills()):
        if done:
            done(place.height * place.width)
        if place.left + place.width == width:  # so its rows are complete
            yield strip[place.scaled(scale).slices[0]]


@dataclass(frozen=True, eq=False)
class _Piece:
    """A part of a tile's result: float32 SR pixels, `part` of which belongs in a `place` of what is kept."""

    sr: Any
    part: tuple[slice, slice]
    place: Box


def _pieces(network: Network, image: np.ndarray, tile: Tile, self_ensemble: bool) -> Iterator[_Piece]:
    """A tile's result in steps, row by row."""
    lr = lr_from_image(cut(image, tile.read))
    if not self_ensemble:
        yield from _walked(network, lr, tile.keep_in_read)
        return

    def pieces(lr: np.ndarray, kept: Box) -> Iterator[tuple[Box, np.ndarray]]:
        for piece in _walked(network, lr, kept):
            yield piece.place, np.asarray(piece.sr)[piece.part]

    mean = averaged(pieces, lr, tile.keep_in_read, network.scale)
    for step in tiles(tile.keep.height, tile.keep.width, network.step, 0):
        # A copy, so that the last piece, which waits to be rounded, does not hold the whole mean.
        part = mean[step.keep.scaled(network.scale).slices].copy()
        yield _Piece(part, (slice(None), slice(None)), step.keep)


def _walked(network: Network, lr: np.ndarray, kept: Box) -> Iterator[_Piece]:
    """SR of a part of LR float32 (h, w, 3) in steps, row by row, each submitted when it is asked for."""
    features = network.body(lr[None])
    for step in tiles(kept.height, kept.width, network.step, 0):
        place = step.keep.moved(kept.top, kept.left)
        read = place.grown(network.upsampler_radius, *lr.shape[:2])
        sr = network.upsampler(features[(slice(None), *read.slices)])[0]
        yield _Piece(sr, place.seen_from(read).scaled(network.scale).slices, step.keep)
