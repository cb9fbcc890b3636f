"""Upscaling files: one after the other, each complete or absent, whatever is wrong with the others."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf
from tqdm import tqdm

from srgan_tf.errors import Stopped, UsageError, WorkError
from srgan_tf.images import MAX_PIXELS, read_image
from srgan_tf.images.writing import PNG_LEVEL, check_fits, write_image
from srgan_tf.inference.plan import STDOUT, Job
from srgan_tf.inference.upscaled import new_size, upscaled
from srgan_tf.inference.upscaler import Upscaler
from srgan_tf.stopping import interrupts


@dataclass(frozen=True)
class Options:
    """The wishes of the caller, beside the upscaler.

    Attributes:
      factor: side of a result over that of its image; None is the upscaler's scale.
      max_pixels: the most pixels an image may have.
      overwrite: True to make results again that are there already.
      png_level: how hard PNG is compressed, 0 to 9.
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
    made, bad = 0, 0
    several = len(jobs) > 1
    # None shows the bar on a terminal only.
    bar = tqdm(total=len(jobs), initial=there, unit=" images", disable=None if several else True)
    with interrupts() as came, bar:
        try:
            for job in waiting:
                try:
                    height, width = upscale_file(job, upscaler, options)
                except WorkError as error:
                    if not several:
                        raise
                    bad += 1
                    bar.write(f"error: {error}", file=sys.stderr)
                else:
                    made += 1
                    if not several and job.target != STDOUT:
                        print(f"{job.target}: {width}x{height}")
                bar.update()
        except KeyboardInterrupt:
            text = f"stopped; {there + made} of {len(jobs)} done, the same command goes on"
            raise Stopped(came[-1], text) from None
    if several or there:
        skipped = f", {there} there already (--overwrite makes them again)" if there else ""
        print(f"{made} of {len(jobs)} upscaled{skipped}")
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
    image = read_image(job.source, options.max_pixels)
    height, width = image.colour.shape[:2]
    with tqdm(
        total=height * width,
        desc=job.source.name,
        unit=" px",
        unit_scale=True,
        leave=False,
        delay=2,
        disable=None,
    ) as bar:
        try:
            check_fits(new_size(image, upscaler, options.factor), image.alpha is not None, job.format)
            whole = job.format != "png"
            result = upscaled(image, upscaler, factor=options.factor, whole=whole, done=bar.update)
            with _file(job) as path:
                write_image(result, path, exif=image.exif, icc=image.icc, png_level=options.png_level)
        except (UsageError, WorkError) as error:
            raise WorkError(f"{job.source}: {error}") from error
        except (MemoryError, tf.errors.ResourceExhaustedError) as error:
            raise WorkError(
                f"{job.source}: out of memory; smaller tiles need less (--max_memory; of a server --tile)"
            ) from error
        except OSError as error:
            raise WorkError(f"{job.target}: {error.strerror or error}") from error
    return result.height, result.width


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
