"""Asks a running TensorFlow Serving to enlarge pictures: `python -m srgan_tf.serving.client`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.serving.pictures import Facts, Requests, ask_about, upscale
from srgan_tf.serving.retry import Patience
from srgan_tf.serving.server import Server, connect

ABOUT = """\
Enlarges pictures with a model that TensorFlow Serving serves:

  python -m srgan_tf.serving.client --url=http://localhost:8501 photo.jpg      REST
  python -m srgan_tf.serving.client --url=grpc://localhost:8500 *.jpg          gRPC

photo.jpg becomes photo_x4.png. Large pictures are sent in tiles and put together without seams."""


def main() -> None:
    """Reads the flags and enlarges."""
    usual = Requests()
    command = CommandLine(ABOUT, "IMAGE...")
    add = command.add
    add(
        "url",
        str,
        "http://HOST:8501 (REST) or grpc://HOST:8500; https and grpcs too.",
        group="server",
        needed=True,
    )
    add("model", str, "The name under which the model is served.", group="server", default="srgan")
    add("timeout", float, "Seconds to wait for an answer.", group="server", default=60.0, rule="positive")
    add(
        "attempts",
        int,
        "How often to ask when the server is busy.",
        group="server",
        default=usual.patience.attempts,
        rule="positive",
    )
    add(
        "tile",
        int,
        "Side of the tiles of large images in pixels.",
        group="requests",
        default=usual.tile,
        rule="positive",
    )
    add("batch", int, "Tiles in one request.", group="requests", default=usual.batch, rule="positive")
    add(
        "concurrency",
        int,
        "Requests at a time.",
        group="requests",
        default=usual.concurrency,
        rule="positive",
    )
    add("output", str, "Folder for the results.", group="files", default="", shown="each image's own folder")
    add("overwrite", bool, "Replace results that are there.", group="files", default=False)
    names = command.parse()
    requests = Requests(
        command["tile"], command["batch"], command["concurrency"], Patience(command["attempts"])
    )
    server = connect(command["url"], command["model"], command["timeout"])
    output = Path(command["output"]) if command["output"] else None
    enlarge_files([Path(name) for name in names], output, server, requests, overwrite=command["overwrite"])


def enlarge_files(
    sources: list[Path], output: Path | None, server: Server, requests: Requests, *, overwrite: bool
) -> None:
    """Enlarges files, skipping those whose results are there.

    Args:
      sources: picture files.
      output: folder for the results, or None for each picture's own.
      server: what enlarges.
      requests: how pictures are divided.
      overwrite: whether to replace results.

    Raises:
      UsageError: two pictures would have the same result.
      WorkError: some failed and were named on stderr; or the server cannot be used at all.
    """
    from srgan_tf.inference.plan import plan_file

    facts = ask_about(server, requests.patience)
    jobs = [plan_file(source, output, f"_x{facts.scale}", "png") for source in sources]
    twice = {job.target for job in jobs if sum(job.target == other.target for other in jobs) > 1}
    if twice:
        raise UsageError(f"{min(twice)}: two pictures would have this result; give them one after the other")
    bad = 0
    for job in jobs:
        if job.target.exists() and not overwrite:
            print(f"{job.target} is there already (--overwrite replaces it)")
            continue
        try:
            height, width = enlarge_file(job.source, job.target, server, facts, requests)
        except WorkError as error:
            if len(jobs) == 1:
                raise
            bad += 1
            print(f"error: {job.source}: {error}", file=sys.stderr)
        else:
            print(f"{job.target}: {width}x{height}")
    if bad:
        raise WorkError(f"{bad} of {len(jobs)} pictures could not be enlarged; they are named above")


def enlarge_file(
    source: Path, target: Path, server: Server, facts: Facts, requests: Requests
) -> tuple[int, int]:
    """Enlarges one file: colour by the server, in 8 bits; alpha, EXIF and profile as `upscale.py` does.

    Returns:
      Height and width of the result.

    Raises:
      WorkError: the file cannot be read, or the server fails.
    """
    from srgan_tf.images import read_image
    from srgan_tf.images.writing import ImageStrips, write_image
    from srgan_tf.inference.enlarged import alpha_rows, filled

    picture = read_image(source)
    colour = picture.colour if picture.alpha is None else filled(picture.colour, picture.alpha)
    grey = colour.shape[2] == 1
    lr = np.broadcast_to(_eight_bits(colour), (*colour.shape[:2], 3))
    with tqdm(
        total=lr.shape[0] * lr.shape[1], desc=source.name, unit=" px", unit_scale=True, leave=False, delay=2,
        disable=None,
    ) as bar:  # fmt: skip
        sr = upscale(server, facts, lr, requests, bar.update)
    if grey:  # the network's three estimates of one value
        sr = np.round(sr.mean(axis=-1, keepdims=True)).astype(np.uint8)

    def bands() -> Iterator[np.ndarray]:
        if picture.alpha is None:
            yield sr
            return
        alpha = alpha_rows(_eight_bits(picture.alpha), sr.shape[:2], 0, len(sr))
        yield np.concatenate([sr, alpha], axis=2)

    channels = sr.shape[2] + (picture.alpha is not None)
    strips = ImageStrips(*sr.shape[:2], channels, np.dtype(np.uint8), bands())
    write_image(strips, target, exif=picture.exif, icc=picture.icc)
    return sr.shape[:2]


def _eight_bits(samples: np.ndarray) -> np.ndarray:
    if samples.dtype == np.uint8:
        return samples
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)


if __name__ == "__main__":
    run()
