"""Enlarging files: one after the other, each complete or absent, whatever is wrong with the others."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf
from tqdm import tqdm

from srgan_tf.errors import Stopped, UsageError, WorkError
from srgan_tf.images import MAX_PIXELS, read_image
from srgan_tf.images.writing import check_fits, format_of, write_image
from srgan_tf.inference.enlarged import enlarge
from srgan_tf.inference.network import Network
from srgan_tf.inference.plan import Job
from srgan_tf.inference.upscaler import MAX_MEMORY
from srgan_tf.stopping import interrupts


@dataclass(frozen=True)
class Options:
    """How pictures are enlarged.

    Attributes:
      factor: enlargement of each side; None is the network's scale.
      max_memory: bytes above what the process holds before its first picture.
      max_pixels: the most pixels a picture may have.
      overwrite: whether results that are there already are made again.
    """

    factor: float | None = None
    max_memory: int = MAX_MEMORY
    max_pixels: int = MAX_PIXELS
    overwrite: bool = False


def run(jobs: Sequence[Job], network: Network, options: Options) -> None:
    """Enlarges files, skipping those whose results are there, and says what was done.

    Args:
      jobs: what into what.
      network: what enlarges.
      options: how.

    Raises:
      WorkError: some could not be enlarged; the others are done, and each bad one was named on stderr.
      Stopped: Ctrl-C or SIGTERM came; no file is half written.
    """
    waiting = [job for job in jobs if options.overwrite or not job.target.exists()]
    there = len(jobs) - len(waiting)
    made, bad = 0, 0
    several = len(jobs) > 1
    # None shows the bar on a terminal only.
    bar = tqdm(total=len(jobs), initial=there, unit=" pictures", disable=None if several else True)
    with interrupts() as came, bar:
        try:
            for job in waiting:
                try:
                    height, width = enlarge_file(job, network, options)
                except WorkError as error:
                    if not several:
                        raise
                    bad += 1
                    bar.write(f"error: {error}", file=sys.stderr)
                else:
                    made += 1
                    if not several:
                        print(f"{job.target}: {width}x{height}")
                bar.update()
        except KeyboardInterrupt:
            text = f"stopped; {there + made} of {len(jobs)} done, the same command goes on"
            raise Stopped(came[-1], text) from None
    if several or there:
        skipped = f", {there} there already (--overwrite makes them again)" if there else ""
        print(f"{made} of {len(jobs)} enlarged{skipped}")
    if bad:
        raise WorkError(f"{bad} of {len(jobs)} pictures could not be enlarged; they are named above")


def enlarge_file(job: Job, network: Network, options: Options) -> tuple[int, int]:
    """Enlarges one file, with a progress bar if it takes more than two seconds.

    Args:
      job: what into what.
      network: what enlarges.
      options: how.

    Returns:
      Height and width of the result.

    Raises:
      WorkError: naming the file and the reason.
    """
    picture = read_image(job.source, options.max_pixels)
    height, width = picture.colour.shape[:2]
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
            enlarged = enlarge(
                picture,
                network,
                factor=options.factor,
                max_memory=options.max_memory,
                whole=format_of(job.target) != "png",
                done=bar.update,
            )
            check_fits(enlarged, job.target)
            write_image(enlarged, job.target, exif=picture.exif, icc=picture.icc)
        except (UsageError, WorkError) as error:
            raise WorkError(f"{job.source}: {error}") from error
        except (MemoryError, tf.errors.ResourceExhaustedError) as error:
            raise WorkError(f"{job.source}: out of memory; lower --max_memory") from error
        except OSError as error:
            raise WorkError(f"{job.target}: {error.strerror or error}") from error
    return enlarged.height, enlarged.width
