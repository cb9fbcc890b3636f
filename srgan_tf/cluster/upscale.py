"""Upscaling a folder on many machines: Ray Data hands names to actors, which read and write the files."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from srgan_tf.cluster.places import Place
from srgan_tf.cluster.session import STARTS, Starts, Workers, beside, may_begin, rows
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.images import SUFFIXES
from srgan_tf.progress import progress

ERRORS = "_errors.jsonl"
PROGRAM = 10**9
"""Bytes that a worker takes beside `max_memory`: Python, TensorFlow and the network."""

TASKS, LONGEST = 5_000, 16
"""Images are handed out one by one; of more than so many, up to sixteen at once, to spare the scheduler.

One is read, and one is written, while another one is computed, if they are handed out together.
"""

LOST = f"{STARTS} workers were lost over it, perhaps for lack of memory"
FAILED = "its worker failed; Ray's logs say why"


@dataclass(frozen=True)
class Work:
    """What an actor must know: small enough to be sent to each.

    Attributes:
      source: the folder of the images.
      target: the folder of the results.
      model: a released name, or a file's name.
      weights: that file's content; None for a released name.
      strength: share of the weights of a released name, the rest is those of its faithful network; None is 1.
      precision: one of `PRECISIONS`.
      self_ensemble: True for the mean of the results of the eight flips and rotations.
      max_memory: bytes for the work, above what the program takes.
      factor: side of a result over that of its image; None is the network's scale.
      max_pixels: the most pixels an image may have.
      png_level: how hard PNG is compressed, 0 to 9.
      threads: CPU cores to use.
    """

    source: Place
    target: Place
    model: str
    weights: bytes | None
    strength: float | None
    precision: str
    self_ensemble: bool
    max_memory: int
    factor: float | None
    max_pixels: int
    png_level: int
    threads: int


class Account(NamedTuple):
    """The end of a run.

    Attributes:
      made: images upscaled.
      there: results that were there already.
      errors: name of each image that could not be upscaled, with the reason.
    """

    made: int
    there: int
    errors: dict[str, str]


class Upscaling:
    """An actor: loads the network once, and upscales the images whose names it is given."""

    def __init__(self, work: Work, starts: Any = None) -> None:
        from srgan_tf.quiet import start_tensorflow

        start_tensorflow()
        import tensorflow as tf

        from srgan_tf.inference.network import network_of
        from srgan_tf.inference.run import Options
        from srgan_tf.inference.upscaler import local

        for gpu in tf.config.list_physical_devices("GPU"):  # which it may share
            tf.config.experimental.set_memory_growth(gpu, True)
        with suppress(RuntimeError):  # of a process that has run TensorFlow before
            tf.config.threading.set_intra_op_parallelism_threads(work.threads)
        self._work = work
        self._starts = starts
        self._options = Options(work.factor, work.max_pixels, png_level=work.png_level)
        with _model_file(work) as model:
            network = network_of(model, work.strength, precision=work.precision)
        self._upscaler = local(network, work.max_memory, self_ensemble=work.self_ensemble)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Upscales images.

        Args:
          batch: `name` of each image and `target`, the name of its result.

        Returns:
          `name`, `made`, False where a result was there, and `error`, empty where all went well.
        """
        pairs = list(zip(batch["name"], batch["target"], strict=True))
        # A worker that was lost may have made some of them.
        waiting = [pair for pair in pairs if not self._work.target.has(pair[1])]
        begun = may_begin(self._starts, [name for name, _ in waiting])
        errors = dict.fromkeys(batch["name"], "")
        errors |= {name: LOST for (name, _), may in zip(waiting, begun, strict=True) if not may}
        waiting = [pair for pair, may in zip(waiting, begun, strict=True) if may]
        with self._work.source.fetched([name for name, _ in waiting]) as folder:
            for name, error in self._upscaled(folder, waiting):
                errors[name] = error
        tried = {name for name, _ in waiting}
        return {
            "name": batch["name"],
            "made": np.array([name in tried and not errors[name] for name in batch["name"]]),
            "error": np.array([errors[name] for name in batch["name"]], object),
        }

    def _upscaled(self, folder: Path, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Upscales images of a folder; yields the name of each, and what was wrong with it."""
        from srgan_tf.inference.plan import Job
        from srgan_tf.inference.run import outcomes

        if not pairs:
            return
        with self._work.target.scratch() as scratch:
            jobs = [
                Job(folder / name, scratch / f"{i}" / Path(target).name)
                for i, (name, target) in enumerate(pairs)
            ]
            # With room for neighbours, as upscale.py keeps it where it is given a folder.
            done = outcomes(jobs, self._upscaler, self._options, [], neighbours=True)
            with closing(done):
                for job, (name, target), result in zip(jobs, pairs, done, strict=True):
                    error = ""
                    if isinstance(result, WorkError):
                        error = str(result).removeprefix(f"{job.source}: ").replace(str(job.target), target)
                    else:
                        try:
                            self._work.target.publish(job.target, target)
                        except OSError as failure:
                            error = f"cannot be written: {failure.strerror or failure}"
                    yield name, error


def upscale_missing(images: Sequence[str], targets: Sequence[str], work: Work, workers: Workers) -> Account:
    """Upscales the images whose results are not there, and writes down which of them could not be upscaled.

    Args:
      images: names of all images.
      targets: names of their results.
      work: places, model and limits.
      workers: the pool.

    Raises:
      WorkError: the workers cannot start.
    """
    work.target.remove_scratch()
    there = work.target.names()
    missing = [pair for pair in zip(images, targets, strict=True) if pair[1] not in there]
    done = len(images) - len(missing)
    account = upscale([name for name, _ in missing], [target for _, target in missing], work, workers, done)
    _write_errors(work.target, account.errors)
    work.target.remove_scratch()
    return account


def upscale(
    names: Sequence[str], targets: Sequence[str], work: Work, workers: Workers, there: int = 0
) -> Account:
    """Upscales images on the cluster that this process is connected to.

    Args:
      names: the images that have no result.
      targets: the names of their results.
      work: places, model and limits.
      workers: the pool.
      there: results that are there already.

    Raises:
      WorkError: the workers cannot start.
    """
    missing = dict(zip(names, targets, strict=True))
    errors: dict[str, str] = {}
    made = 0
    at_once = min(max(len(names) // TASKS, 1), LONGEST)
    with progress(len(names) + there, unit="image", desc="upscaling", initial=there, every=10) as bar:
        # An image that ends its worker takes those beside it along, so these are handed out singly then.
        for size in (1,) if at_once == 1 else (at_once, 1):
            for row in _rows(missing, size, work, workers):
                if row["error"] == LOST and size > 1:
                    continue
                if missing.pop(row["name"], None) is None:
                    continue
                bar.update()
                made += bool(row["made"])
                there += not row["made"] and not row["error"]
                if row["error"]:
                    errors[row["name"]] = row["error"]
    return Account(made, there, errors | dict.fromkeys(missing, FAILED))


def _rows(images: dict[str, str], at_once: int, work: Work, workers: Workers) -> Iterable[dict[str, Any]]:
    """The rows that the actors return, as they come."""
    import pyarrow

    if not images:
        return ()
    names, targets = list(images), list(images.values())
    tables = [
        pyarrow.table({"name": names[i : i + at_once], "target": targets[i : i + at_once]})
        for i in range(0, len(names), at_once)
    ]
    return rows(Upscaling, (work, beside(Starts)), tables, workers, work.max_memory + PROGRAM)


def model_of(text: str) -> tuple[str, bytes | None]:
    """Returns a released name and None, or the name and the content of the file that a path stands for.

    Raises:
      UsageError: there is no such model.
    """
    from srgan_tf.models.weights import names
    from srgan_tf.run_directory import weights_file

    if text in names():
        return text, None
    path = weights_file(Path(text).expanduser())
    try:
        return path.name, path.read_bytes()
    except OSError:
        raise UsageError(
            f"--model={text}: no such model; expected a released name ({', '.join(names())}), a .keras or "
            ".tflite file, or a run directory"
        ) from None


def images_of(source: Place) -> list[str]:
    """Returns the names of the images of IN.

    Raises:
      UsageError: there is none.
    """
    names = [name for name, _, _ in source.images()]
    if not names:
        raise UsageError(
            f"no image in {source.text}: expected files ending in {', '.join(sorted(SUFFIXES))}, at any depth"
        )
    return names


def _write_errors(target: Place, errors: dict[str, str]) -> None:
    """Writes the images that could not be upscaled, a line of JSON for each; no file where there is none."""
    if not errors:
        target.remove(ERRORS)
        return
    lines = [json.dumps({"name": name, "error": errors[name]}, ensure_ascii=False) for name in sorted(errors)]
    target.write(ERRORS, ("\n".join(lines) + "\n").encode())


@contextmanager
def _model_file(work: Work) -> Iterator[str]:
    """Yields the model's file on this machine, for the time of loading it; a released name is its own."""
    if work.weights is None:
        yield work.model
        return
    with tempfile.TemporaryDirectory(prefix="srgan-") as folder:
        path = Path(folder) / work.model
        path.write_bytes(work.weights)
        yield str(path)
