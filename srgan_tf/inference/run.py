"""Upscaling files: in order, each complete or absent, whatever is wrong with the others."""

import itertools
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from srgan_tf.errors import Stopped, UsageError, WorkError
from srgan_tf.images import MAX_PIXELS, DecodedImage, pixels_of, read_image
from srgan_tf.images.writing import PNG_LEVEL, check_fits, write_image
from srgan_tf.inference.overlap import QUEUE, Behind
from srgan_tf.inference.plan import STDOUT, Job
from srgan_tf.inference.upscaled import Upscaling, new_size, upscaling
from srgan_tf.inference.upscaler import Done, Upscaler
from srgan_tf.stopping import interrupts

NEIGHBOURS = 300 * 10**6
"""Bytes of `--max_memory` that are kept for the images before and behind the one that is computed."""

READ_AHEAD = 100 * 10**6
"""Bytes of them that reading the next image may take, at `READING` bytes a pixel."""

READING = 32  # 16 bits and alpha included


@dataclass(frozen=True)
class Options:
    """The wishes of the caller, beside the upscaler.

    Attributes:
      factor: side of a result over that of its image; None is the upscaler's scale.
      max_pixels: the most pixels an image may have.
      overwrite: True to make results again that are there already.
      png_level: effort of PNG's compression, 0 to 9.
    """

    factor: float | None = None
    max_pixels: int = MAX_PIXELS
    overwrite: bool = False
    png_level: int = PNG_LEVEL


def upscale_files(jobs: Sequence[Job], upscaler: Upscaler, options: Options = Options()) -> None:
    """Upscales files, skipping those whose results are there, and says what was done.

    Args:
      jobs: the files, each with the place of its result.
      upscaler: a network or a server.
      options: size, limits and overwriting.

    Raises:
      WorkError: some could not be upscaled; the others are done, and each bad one was named on stderr.
      Stopped: Ctrl-C or SIGTERM came; no file is half written.
    """
    waiting = [job for job in jobs if options.overwrite or job.target == STDOUT or not job.target.exists()]
    there = len(jobs) - len(waiting)
    written: list[Job] = []
    bad = 0
    several = len(jobs) > 1
    precision = f", {upscaler.precision}" if upscaler.precision else ""
    # None shows the bar on a terminal only.
    bar = tqdm(total=len(jobs), initial=there, unit=" images", disable=None if several else True)
    with interrupts() as came, bar:
        try:
            with closing(outcomes(waiting, upscaler, options, written)) as results:
                for job, result in zip(waiting, results, strict=True):
                    if isinstance(result, WorkError):
                        if not several:
                            raise result
                        bad += 1
                        bar.write(f"error: {result}", file=sys.stderr)
                    elif not several and job.target != STDOUT:
                        height, width = result
                        print(f"{job.target}: {width}x{height}{precision}")
                    bar.update()
        except KeyboardInterrupt:
            text = f"stopped; {there + len(written)} of {len(jobs)} done, the same command goes on"
            raise Stopped(came[-1], text) from None
    if several or there:
        skipped = f", {there} there already (--overwrite makes them again)" if there else ""
        print(f"{len(written)} of {len(jobs)} upscaled{skipped}{precision if written else ''}")
    if bad:
        raise WorkError(f"{bad} of {len(jobs)} images could not be upscaled; they are named above")


def upscale_file(job: Job, upscaler: Upscaler, options: Options = Options()) -> tuple[int, int]:
    """Upscales one file, with a progress bar if it takes more than two seconds.

    Args:
      job: the file and the place of its result.
      upscaler: a network or a server.
      options: size and limits.

    Returns:
      Height and width of the result.

    Raises:
      WorkError: naming the file and the reason.
    """
    (result,) = outcomes([job], upscaler, options, [])
    if isinstance(result, WorkError):
        raise result
    return result


def outcomes(
    jobs: Sequence[Job],
    upscaler: Upscaler,
    options: Options,
    written: list[Job],
    *,
    neighbours: bool | None = None,
) -> Iterator[tuple[int, int] | WorkError]:
    """Yields what became of each job, in order: height and width of the result, or an error that names it.

    An image is filtered, compressed and written strip by strip while its next strips are computed. Small
    images overlap with their neighbours too: the next one is read, and the rest of the last one is written,
    while one is computed. That depends on sizes alone, so that the tiles, and with them the last bits of
    results, do not depend on how fast the disk is.

    Args:
      jobs: the files, each with the place of its result.
      upscaler: a network or a server.
      options: size and limits.
      written: each job is put here when its result is in its place.
      neighbours: True if memory is kept for images before and behind; None: if there are several.
    """
    before: Future[tuple[int, int]] | None = None
    ahead: Future[DecodedImage | None] | None = None
    several = len(jobs) > 1 if neighbours is None else neighbours
    with Behind() as behind, ThreadPoolExecutor(1) as reader:
        for job, following in itertools.zip_longest(jobs, jobs[1:]):
            reading, ahead = ahead, None
            try:
                image = reading and reading.result()
                if image is None:
                    _finish(before)
                    image = read_image(job.source, options.max_pixels)
                with _named(job), _bar(job, image) as bar:
                    work = _planned(job, image, upscaler, options, bar.update, several)
                    if not work.overlaps:
                        _finish(before)
                    elif following is not None:
                        ahead = reader.submit(_read_if_small, following.source, options)
                    this = behind.hand_over(work.upscaling.colour, partial(_write, work, options, written))
                    if not work.overlaps:
                        _finish(this)
            except WorkError as error:
                this = Future()
                this.set_exception(error)
            if before is not None:
                yield _outcome(before)
            before = this
        if before is not None:
            yield _outcome(before)


@dataclass(frozen=True, eq=False)
class _Work:
    """An image that is about to be upscaled; `overlaps` tells whether there is room for its neighbours."""

    job: Job
    image: DecodedImage
    upscaling: Upscaling
    overlaps: bool


def _planned(
    job: Job, image: DecodedImage, upscaler: Upscaler, options: Options, done: Done, neighbours: bool
) -> _Work:
    height, width = size = new_size(image, upscaler, options.factor)
    check_fits(size, image.alpha is not None, job.format)
    whole = job.format != "png"
    result = height * width * (image.colour.shape[2] + (image.alpha is not None)) * image.colour.itemsize
    plan = partial(upscaling, image, upscaler, factor=options.factor, whole=whole, done=done)
    queue = min(QUEUE, result)
    if neighbours and result * (1 + whole) <= NEIGHBOURS - READ_AHEAD:
        with suppress(UsageError):  # too little memory; there may be enough without neighbours
            return _Work(job, image, plan(beside=queue + NEIGHBOURS), True)
    return _Work(job, image, plan(beside=queue), False)


def _read_if_small(path: Path, options: Options) -> DecodedImage | None:
    """Reads an image ahead; None where it is large, or no file that can be asked."""
    pixels = pixels_of(path) if path.is_file() else None
    if pixels is None or pixels * READING > READ_AHEAD:
        return None
    return read_image(path, options.max_pixels)


def _write(
    work: _Work, options: Options, written: list[Job], strips: Iterator[np.ndarray]
) -> tuple[int, int]:
    result = work.upscaling.result(strips)
    with _named(work.job), _file(work.job) as path:
        write_image(result, path, exif=work.image.exif, icc=work.image.icc, png_level=options.png_level)
    written.append(work.job)
    return result.height, result.width


def _finish(image: Future[tuple[int, int]] | None) -> None:
    """Waits until an image is written, or has failed."""
    wait([] if image is None else [image])


def _outcome(image: Future[tuple[int, int]]) -> tuple[int, int] | WorkError:
    try:
        return image.result()
    except WorkError as error:
        return error


def _bar(job: Job, image: DecodedImage) -> tqdm:
    height, width = image.colour.shape[:2]
    return tqdm(
        total=height * width,
        desc=job.source.name,
        unit=" px",
        unit_scale=True,
        leave=False,
        delay=2,
        disable=None,
    )


@contextmanager
def _named(job: Job) -> Iterator[None]:
    """Makes what is raised in the block an error that names the file."""
    try:
        yield
    except (UsageError, WorkError) as error:
        raise WorkError(f"{job.source}: {error}") from error
    except OSError as error:
        raise WorkError(f"{job.target}: {error.strerror or error}") from error
    except Exception as error:
        # TensorFlow's error by its name, since it may not have been imported.
        if not isinstance(error, MemoryError) and type(error).__name__ != "ResourceExhaustedError":
            raise
        raise WorkError(
            f"{job.source}: out of memory; smaller tiles need less (--max_memory; of a server --tile)"
        ) from error


@contextmanager
def _file(job: Job) -> Iterator[Path]:
    """Yields the file to write; what shall go to the standard output goes there when it is complete."""
    if job.target != STDOUT:
        yield job.target
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"result.{job.format}"
        yield path
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
