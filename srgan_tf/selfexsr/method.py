"""SelfExSR from an image to its upscaled image: level by level, search, vote and back-projection.

Source: Huang, Singh and Ahuja, "Single Image Super-Resolution from Transformed Self-Exemplars", CVPR 2015.
Nothing is learned beforehand: the image itself, smaller, is the set of examples.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from srgan_tf.errors import UsageError
from srgan_tf.inference.upscaler import Done, Need, Upscaler
from srgan_tf.selfexsr.back_projection import back_projected
from srgan_tf.selfexsr.patches import POINTS, View
from srgan_tf.selfexsr.planes import Planes, at_level, facing, planes_of
from srgan_tf.selfexsr.pyramid import Scale, bands_of, resized
from srgan_tf.selfexsr.search import CHUNK, Field, Level, Run, enlarged, measured, searched, started
from srgan_tf.selfexsr.vote import add_votes, weight_sums

REVISION = 1
"""Raised by a change that alters images, so that reports make them again."""

ITERATIONS = (12, 9, 6, 3)
"""Iterations of the search on the levels above the input; the last number holds for all that follow."""

SMALLEST_SIDE = 8

BYTES = 600
"""Memory for one SR pixel at the peak of the work."""

AT_ONCE = 8
"""Chunks of votes that are held at a time."""

BESIDE = 250 * 10**6
"""Bytes of compiled code and of chunks, whatever the size of the image."""


def upscaled(
    image: np.ndarray,
    factor: int = 4,
    *,
    planes: bool = True,
    seed: int = 0,
    dtype: npt.DTypeLike = None,
    done: Callable[[float], object] | None = None,
) -> np.ndarray:
    """Returns an image upscaled by SelfExSR.

    Args:
      image: uint8 or uint16 (h, w, 3), RGB, or (h, w, 1), grey; both sides are 8 or more.
      factor: 2, 3, 4 or 8.
      planes: False for the affine form, which knows only the plane that faces the camera.
      seed: of the search; the same seed gives the same image.
      dtype: of the result, uint8 or uint16; None is the image's.
      done: told after each part of the work its share of the whole, in (0, 1].

    Returns:
      uint8 or uint16 (factor*h, factor*w, C).

    Raises:
      UsageError: not such an image.
    """
    if image.dtype not in (np.uint8, np.uint16) or image.ndim != 3 or image.shape[2] not in (1, 3):
        raise UsageError(
            f"selfexsr: cannot upscale an array {image.shape} of {image.dtype}: expected uint8 or uint16 of "
            "shape (height, width, 3), or (height, width, 1) for grey"
        )
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise UsageError(f"selfexsr: the image is {width}x{height}, expected at least 8x8")
    grey = image.shape[2] == 3 and (image == image[:, :, :1]).all()
    low = (image[:, :, :1] if grey else image).astype(np.float32) / np.iinfo(image.dtype).max
    with ThreadPoolExecutor(threads()) as pool:
        scene = planes_of(low, seed) if planes else facing(height, width)
        result = _synthesised(low, Scale(factor), scene, seed, done or (lambda _: None), _runner(pool))
    kind = np.dtype(image.dtype if dtype is None else dtype)
    most = np.iinfo(kind).max
    result = np.clip(np.rint(result * most), 0, most).astype(kind)
    return result.repeat(3, axis=2) if grey else result


def upscaler(max_memory: int) -> Upscaler:
    """Returns SelfExSR as an upscaler by 4; the strip that it gives is the whole image.

    Args:
      max_memory: bytes for the work, with what the callers need.
    """

    def strips(
        image: np.ndarray, dtype: npt.DTypeLike, need: Need, done: Done | None
    ) -> Iterator[np.ndarray]:
        height, width = image.shape[:2]
        total = need.held + BESIDE + 16 * height * width * (BYTES + need.sr_bytes)
        if total > max_memory:
            raise UsageError(
                f"selfexsr needs {total / 1e9:.2f} GB for an image of {width}x{height}, taken whole, "
                f"more than the bound of {max_memory / 1e9:.2f} GB; raise it (--max_memory)"
            )
        return whole(image, dtype, done)

    def whole(image: np.ndarray, dtype: npt.DTypeLike, done: Done | None) -> Iterator[np.ndarray]:
        pixels, told = image.shape[0] * image.shape[1], 0

        def tell(share: float) -> None:
            nonlocal told
            if done:
                done(round(share * pixels) - told)
            told = round(share * pixels)

        yield upscaled(image, 4, dtype=dtype, done=tell)

    return Upscaler(4, strips)


def threads() -> int:
    """Returns the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _runner(pool: ThreadPoolExecutor) -> Run:
    return lambda work, firsts: list(pool.map(work, firsts))


def _synthesised(
    low: np.ndarray, scale: Scale, scene: Planes, seed: int, done: Callable[[float], object], run: Run
) -> np.ndarray:
    bands = bands_of(low, scale)
    iterations = [ITERATIONS[min(i, len(ITERATIONS) - 1)] for i in range(scale.steps)]
    sizes = [np.prod(bands.size(-i - 1)) for i in range(scale.steps)]
    whole, sofar = np.dot(iterations, sizes), 0
    image, field, planes = low, None, scene
    for number, count, size in zip(range(-1, bands.top - 1, -1), iterations, sizes, strict=True):
        height, width = bands.size(number)
        bands.put(bands.low, number, resized(image, (height, width)))
        field = enlarged(field, planes, height, width) if field else started(height, width)
        planes = at_level(scene, height, width)
        level = Level(bands, number, View(bands, number), planes)
        measured(field, level, run)
        for i in range(count):
            searched(field, level, (seed, -number, i), run)
            sofar += size
            done(float(sofar / whole))
        image = back_projected(voted(field, level, run), low)
        bands.put(bands.high, number, image)
    return image


def voted(field: Field, level: Level, run: Run) -> np.ndarray:
    """Returns the image, float32 (height, width, C), for which the sources of all patches vote."""
    height, width = field.height, field.width
    channels = len(level.bands.low)
    rows = max(CHUNK // width, 1)
    count = -(-rows * width // CHUNK) * CHUNK  # one shape for all levels, which is compiled once
    total = np.zeros((channels, height + 4, width + 4), np.float32)

    def votes(top: int) -> tuple[int, np.ndarray]:
        places = np.minimum(np.arange(top * width, top * width + count), height * width - 1)
        this = (field.position[:, places], field.affine[:, places], field.plane[places])
        filled = level.view.filled(level.patches(field, places, *this)[0])
        filled = filled[:, :, : rows * width].reshape(POINTS, channels, rows, width)
        return top, filled[:, :, : height - top]

    tops = range(0, height, rows)
    for some in (tops[i : i + AT_ONCE] for i in range(0, len(tops), AT_ONCE)):
        for top, filled in run(votes, some):
            add_votes(total, filled, top)
    result = total[:, 2:-2, 2:-2] / weight_sums(height, width)
    return np.ascontiguousarray(result.transpose(1, 2, 0))
