"""A server as an upscaler: images of any size through one that takes small ones."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import numpy.typing as npt

from srgan_tf.errors import WorkError
from srgan_tf.images import UnusableImage, decode_rgb
from srgan_tf.images.writing import encode_png
from srgan_tf.inference.tiling import Tile, cut, tiles
from srgan_tf.inference.upscaler import Done, Need, Upscaler
from srgan_tf.serving.server import Patience, Server, ServerError, persistently


@dataclass(frozen=True)
class Facts:
    """A served model's account of itself.

    Attributes:
      scale: SR side over LR side.
      overlap: LR pixels of halo that a tile needs; the signature's own word.
      max_pixels: the most LR pixels of an image.
    """

    scale: int
    overlap: int
    max_pixels: int


@dataclass(frozen=True)
class Requests:
    """The division of an image into requests.

    Attributes:
      tile: side of what is kept of a tile, LR pixels; less where the server takes less.
      batch: tiles of one size in a request.
      concurrency: requests under way at a time.
      patience: with each of them.
    """

    tile: int = 256
    batch: int = 1
    concurrency: int = 2
    patience: Patience = field(default_factory=Patience)


def ask_about(server: Server, patience: Patience) -> Facts:
    """Returns the facts about the served model.

    Raises:
      ServerError: no answer, or the model is not one that `export.py` writes.
    """
    answer = persistently(lambda: server.predict("about", {"ask": np.zeros(1, np.int32)}), patience)
    try:
        return Facts(**{name: int(answer[name][0]) for name in ("scale", "overlap", "max_pixels")})
    except (KeyError, IndexError, TypeError, ValueError):
        raise ServerError(
            "FAILED_PRECONDITION", "the model does not say its scale; expected one exported by export.py"
        ) from None


def served(server: Server, facts: Facts, requests: Requests = Requests()) -> Upscaler:
    """Returns a server as an upscaler; it takes and gives 8 bits, and one strip that is the whole image."""

    def strips(image: np.ndarray, dtype: npt.DTypeLike, _: Need, done: Done | None) -> Iterator[np.ndarray]:
        sr = upscale(server, facts, np.broadcast_to(image, (*image.shape[:2], 3)), requests, done)
        if image.shape[2] == 1:
            sr = np.round(sr.mean(axis=-1, keepdims=True))
        yield sr.astype(dtype)

    return Upscaler(facts.scale, strips, deep=False)


def upscale(
    server: Server,
    facts: Facts,
    image: np.ndarray,
    requests: Requests = Requests(),
    done: Done | None = None,
) -> np.ndarray:
    """Returns an image of any size upscaled by a server, which is given it mirrored at its borders.

    Args:
      server: the server.
      facts: the answer of `ask_about`.
      image: uint8 (h, w, 3).
      requests: its division.
      done: told after each request how many LR pixels came back.

    Returns:
      uint8 (scale*h, scale*w, 3).

    Raises:
      WorkError: the server takes too few pixels for the halo of its network.
      ServerError: a request failed for good.
    """
    plan = _plan(facts, image, requests.tile)
    sr = np.empty((image.shape[0] * facts.scale, image.shape[1] * facts.scale, 3), np.uint8)

    def ask_for(part: list[Tile]) -> int:
        lr = [cut(image, tile.read) for tile in part]
        results = persistently(lambda: _ask(server, lr), requests.patience)
        for tile, given, result in zip(part, lr, results, strict=True):
            expected = (given.shape[0] * facts.scale, given.shape[1] * facts.scale, 3)
            if result.shape != expected:
                raise ServerError("DATA_LOSS", f"an image {result.shape} came back, expected {expected}")
            sr[tile.keep.scaled(facts.scale).slices] = result[tile.keep_in_read.scaled(facts.scale).slices]
        return sum(tile.keep.height * tile.keep.width for tile in part)

    with ThreadPoolExecutor(requests.concurrency) as pool:
        under_way = [pool.submit(ask_for, part) for part in _batches(plan, requests.batch)]
        try:
            for each in under_way:
                pixels = each.result()
                if done:
                    done(pixels)
        finally:
            pool.shutdown(cancel_futures=True)  # after a failure the rest need not be asked for
    return sr


def _plan(facts: Facts, image: np.ndarray, tile: int) -> list[Tile]:
    height, width = image.shape[:2]
    whole = (height + 2 * facts.overlap) * (width + 2 * facts.overlap)
    if height * width <= tile**2 and whole <= facts.max_pixels:
        return tiles(height, width, max(height, width), facts.overlap, mirror=True)
    largest = math.isqrt(facts.max_pixels) - 2 * facts.overlap
    if largest < 1:
        raise WorkError(
            f"the server takes {facts.max_pixels} pixels at a time, too few for tiles that overlap by "
            f"{facts.overlap}; export the model with a larger --max_pixels"
        )
    return tiles(height, width, min(tile, largest), facts.overlap, mirror=True)


def _batches(plan: Sequence[Tile], batch: int) -> Iterator[list[Tile]]:
    """Tiles of one size together, since one array holds a batch."""
    in_order = sorted(plan, key=lambda t: (t.read.height, t.read.width))
    for _, group in groupby(in_order, key=lambda t: (t.read.height, t.read.width)):
        same = list(group)
        for start in range(0, len(same), batch):
            yield same[start : start + batch]


def _ask(server: Server, lr: list[np.ndarray]) -> list[np.ndarray]:
    """Returns images of one size upscaled."""
    if server.takes_arrays:
        return list(server.predict("upscale", {"lr": np.stack(lr)})["sr"])
    files = np.empty(len(lr), object)
    files[:] = [encode_png(image, compress_level=1) for image in lr]
    (answer,) = server.predict("serving_default", {"image_bytes": files}).values()
    if len(answer) != len(lr):
        raise ServerError("DATA_LOSS", f"{len(answer)} images came back for {len(lr)}")
    try:
        return [decode_rgb(file) for file in answer]
    except UnusableImage as error:
        raise ServerError("DATA_LOSS", f"the image that came back cannot be used: {error}") from None
