"""Packs a large collection of images into TFRecord shards: python -m srgan_tf.data.pack SRC DST."""

import hashlib
import json
import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import Stopped, UsageError, WorkError
from srgan_tf.files import write_text
from srgan_tf.progress import progress
from srgan_tf.quiet import start_tensorflow
from srgan_tf.stopping import interrupts, interrupts_held, leave_interrupts_to_parent

if TYPE_CHECKING:
    from srgan_tf.data.shards import Shard

ABOUT = """\
Packs the images of folder SRC, at any depth, into TFRecord files in folder DST:

  python -m srgan_tf.data.pack images packed
  python train.py --data='tfrecord:packed/*.tfrecord'

Reading a few large files is faster than reading many small ones, on network disks above all. JPEG and PNG
files keep their bytes where they can; other images are stored as PNG. With --uncompressed the pixels
themselves are stored: crops are then read without decoding, from files of 3 bytes a pixel, about ten times
the size of JPEG and two or three times that of PNG. Training sees the same batches in every case. The same
command resumes after an interruption. DST/report.txt says what was left out and why; the exit code is 1 if
images could not be read."""

PLAN = "pack.json"
REPORT = "report.txt"


class Packed(NamedTuple):
    """The account of a packed folder.

    Attributes:
      text: what was packed and what was left out, the longest list of it shortened.
      unread: how many images could not be read.
    """

    text: str
    unread: int


def main() -> int:
    """Reads the flags and packs; the exit code is 1 if images could not be read."""
    command = CommandLine(ABOUT, "SRC DST")
    add = command.add
    add("images_per_shard", int, "Images of SRC in each file.", default=1000, rule="positive")
    add("min_size", int, "Images with a side of fewer pixels are left out.", default=96, rule="positive")
    add("workers", int, "Number of processes.", default=os.cpu_count(), rule="positive", shown="all cores")
    add("uncompressed", bool, "Stores pixels: large files that need no decoding.", default=False)
    source, target = map(Path, command.parse())
    packed = pack(source, target, **command.values())
    print(packed.text)
    return 1 if packed.unread else 0


def pack(
    source: Path,
    target: Path,
    *,
    images_per_shard: int,
    min_size: int,
    workers: int,
    uncompressed: bool = False,
) -> Packed:
    """Packs a folder, or goes on with packing it.

    A shard is complete once its index exists, and depends on its own images alone: an interrupted run
    continued gives the same bytes as one without interruption.

    Args:
      source: the folder of images.
      target: the folder for the shards; new, empty, or of an earlier call with the same images and values.
      images_per_shard: images of `source` in each shard, usable or not.
      min_size: images with a side below this are left out.
      workers: processes.
      uncompressed: whether to store pixels, 3 bytes each, instead of image files.

    Returns:
      What was packed, and what was left out and why.

    Raises:
      UsageError: a folder cannot be used, or `source` has no usable image.
      WorkError: writing failed.
    """
    start_tensorflow()
    from srgan_tf.data.shards import Shard
    from srgan_tf.images import SUFFIXES, image_names

    _check_folders(source, target)
    names = image_names(source)
    if not names:
        raise UsageError(f"no image in {source}: expected files ending in {', '.join(sorted(SUFFIXES))}")
    values = {"images_per_shard": images_per_shard, "min_size": min_size, "uncompressed": uncompressed}
    _check_plan(source, target, names, **values)
    for leftover in target.glob(".*.partial*"):  # of a run that was killed
        leftover.unlink()

    count = -(-len(names) // images_per_shard)
    shards = [
        Shard(
            target / f"images-{i:05}-of-{count:05}.tfrecord",
            source,
            names[i * images_per_shard : (i + 1) * images_per_shard],
            min_size,
            uncompressed,
        )
        for i in range(count)
    ]
    _pack_missing(shards, workers)
    return _report(source, target, shards)


def _check_folders(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise UsageError(f"{source} is no folder: expected the folder of the images to pack")
    if not os.access(source, os.R_OK | os.X_OK):
        raise UsageError(f"no permission to read {source}")
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file: expected a folder for the shards")
    if target.resolve().is_relative_to(source.resolve()):
        raise UsageError(
            f"{target} is inside {source}: give a folder elsewhere, so that packing leaves SRC as it is"
        )
    if target.is_dir() and not (target / PLAN).exists() and any(target.iterdir()):
        raise UsageError(f"{target} holds other files: give a new or empty folder")


def _check_plan(source: Path, target: Path, names: Sequence[str], **values: int) -> None:
    """Writes down what is being packed, or compares with what was written down before."""
    digest = hashlib.sha256()
    for name in names:
        try:
            state = (source / name).stat()
            digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
        except OSError:  # a dangling link, which the report will name
            digest.update(f"{name}\0".encode())
    plan = {**values, "images": len(names), "digest": digest.hexdigest()}
    path = target / PLAN
    if not path.exists():
        try:
            write_text(path, json.dumps(plan, indent=1) + "\n")
        except OSError as error:
            raise UsageError(f"cannot write to {target}: {error.strerror}") from None
        return
    try:
        before = {"uncompressed": False, **json.loads(path.read_text(encoding="utf-8"))}
    except ValueError:
        raise UsageError(f"{path} is damaged: remove {target} and pack again") from None
    for name, value in values.items():
        if before.get(name) != value:
            raise UsageError(
                f"{target} was begun with --{name}={before.get(name)} and not {value}: give the same value, "
                "or another folder"
            )
    if before != plan:
        raise UsageError(
            f"{source} is not what {target} was begun with ({before.get('images')} images then, {len(names)} "
            "now, or some were changed): give another folder"
        )


def _pack_missing(shards: Sequence["Shard"], workers: int) -> None:
    import tensorflow as tf

    from srgan_tf.data.records import index_path
    from srgan_tf.data.shards import pack_shard

    missing = [shard for shard in shards if not index_path(shard.path).exists()]
    total = sum(len(shard.names) for shard in shards)
    done = total - sum(len(shard.names) for shard in missing)
    workers = min(workers, max(len(missing), 1))
    # Fresh processes, since forking one that runs TensorFlow's threads may hang.
    context = multiprocessing.get_context("spawn")
    with (
        interrupts() as came,
        progress(total, unit="image", desc="packing", initial=done) as bar,
        ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker) as pool,
    ):
        try:
            with interrupts_held():  # the first one starts the workers
                futures = [pool.submit(pack_shard, shard) for shard in missing]
            for future in as_completed(futures):
                bar.update(future.result())
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():  # no waiting for shards that are half done
                worker.terminate()
            if isinstance(error, KeyboardInterrupt):
                raise Stopped(came[-1], "stopped; the same command goes on") from None
            if isinstance(error, BrokenProcessPool):
                raise WorkError(
                    "a worker ended unexpectedly, perhaps for lack of memory: run the same command again to "
                    "go on, with fewer --workers"
                ) from None
            if isinstance(error, (OSError, tf.errors.OpError)):
                raise WorkError(
                    f"cannot write to {shards[0].path.parent}: {' '.join(str(error).split())}; "
                    "run the same command again to go on"
                ) from None
            raise


def _start_worker() -> None:
    """Sets up a worker: quiet, on CPU cores alone, and gone when its parent is."""
    leave_interrupts_to_parent()
    parent = multiprocessing.parent_process()

    def follow() -> None:  # a parent that is killed cannot say so
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    start_tensorflow()
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _report(source: Path, target: Path, shards: Sequence["Shard"], examples: int = 10) -> Packed:
    from srgan_tf.data.records import index_path, read_index
    from srgan_tf.data.shards import TOO_SMALL

    packed, unread, left_out = 0, 0, []
    for shard in shards:
        index = read_index(shard.path)
        if index is None:
            raise WorkError(
                f"{shard.path} and its index do not fit: remove {index_path(shard.path)} and run this again"
            )
        packed += len(index.names)
        left_out += [f"  {name}: {reason}" for name, reason in index.skipped]
        unread += sum(TOO_SMALL not in reason for _, reason in index.skipped)
    lines = [f"packed {packed} of {packed + len(left_out)} images into {len(shards)} files"]
    if left_out:
        lines.append(f"left out {len(left_out)}:")
    write_text(target / REPORT, "\n".join([*lines, *left_out]) + "\n")
    if not packed:
        raise UsageError(f"no usable image in {source}: {target / REPORT} says why, for each")
    lines += left_out[:examples]
    if len(left_out) > examples:
        lines.append(f"  and {len(left_out) - examples} more, all in {target / REPORT}")
    return Packed("\n".join(lines), unread)


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main, tensorflow=False)


if __name__ == "__main__":
    run()
