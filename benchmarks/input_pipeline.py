"""Crops per second of the input pipeline, and how long the trainer waits for them."""

import csv
import os
import statistics
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from benchmarks.results import show
from benchmarks.side_by_side import Ratio, Way, in_turns, ratio, table, timed
from benchmarks.training_step import our_step
from srgan_tf.config import RunConfig
from srgan_tf.data.pack import pack
from srgan_tf.data.pipeline import CropOptions, batches
from srgan_tf.data.sources import open_source
from srgan_tf.errors import exit_code
from srgan_tf.training.run import train

PLAIN = "decode everything, then crop, default settings"
BATCH = 16
PLAIN_BATCHES, BATCHES = 16, 128
"""Taken in a turn. Ours reads ahead, up to 32 batches, so that it needs many to show its sustained rate."""

SUFFIXES = (".jpg", ".jpeg", ".png")
ROUNDS = 5
WORKERS = 2
SHARDS = {"packed": False, "packed uncompressed": True}
GOALS = {"folder": 1 / 5, "packed uncompressed": 1 / 20}
"""By source; packed image files cost as much to decode as in a folder, and have none."""

REASONS = {
    "folder": "each crop has an image of its own decoded for it, as there; the recipes take 8 from one",
    "packed uncompressed": "each crop is read from another image; the recipes take 8 from one",
}
"""The reason why a source misses its goal."""

WAITING_GOAL = 0.02
STEP = "an SRResNet step of the paper's size, mixed_bfloat16"
DEGRADED_GOAL = 1 / 4
"""Time of a crop with --degradation=photo against what the step takes for one."""


@contextmanager
def photographs():
    """Gives the folder of images: SRGAN_DATA/train/photos, or scikit-image's in a folder."""
    if root := os.environ.get("SRGAN_DATA"):
        yield Path(root) / "train" / "photos"
        return
    source = open_source("sample", min_size=96)
    with tempfile.TemporaryDirectory() as folder:
        for i, name in enumerate(source.names):
            (Path(folder) / name).write_bytes(source.read(i))
        yield Path(folder)


def plain(folder: Path) -> tf.data.Dataset:
    """Builds the pipeline that tutorials write."""

    def pair(path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        whole = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
        crop = tf.cast(tf.image.random_crop(whole, (96, 96, 3)), tf.float32)
        lr = tf.image.resize(crop, (24, 24), "bicubic", antialias=True)
        return lr / 255.0, crop / 127.5 - 1.0

    files = sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return tf.data.Dataset.from_tensor_slices(files).shuffle(len(files)).repeat().map(pair).batch(BATCH)


def taking(dataset: tf.data.Dataset, count: int) -> Way:
    """Returns a way that starts the pipeline, takes some batches and ends it; gives seconds per crop.

    A pipeline that went on would read ahead in others' turns: its own would cost less and theirs more.
    """

    def take() -> None:
        iterator = iter(dataset)
        for _ in range(count):
            next(iterator)

    return lambda: timed(take)() / (count * BATCH)


def crops(
    folder: Path, rounds: int = ROUNDS, count: int = BATCHES, plain_count: int = PLAIN_BATCHES
) -> list[Ratio]:
    """Compares our pipeline from the folder and from packed shards with the plain one."""
    options = {
        "a crop": CropOptions(batch_size=BATCH),
        "8 crops": CropOptions(batch_size=BATCH, augment=True, crops_per_image=8),
    }
    with tempfile.TemporaryDirectory() as packed:
        sources = {"folder": str(folder)}
        for name, uncompressed in SHARDS.items():
            shards = Path(packed) / name.replace(" ", "_")
            pack(
                folder, shards, images_per_shard=256, min_size=96, workers=WORKERS, uncompressed=uncompressed
            )
            sources[name] = f"tfrecord:{shards}/*.tfrecord"
        ways, goals = {PLAIN: taking(plain(folder), plain_count)}, {}
        reasons = {}
        for source, spec in sources.items():
            images = open_source(spec, min_size=96)
            for crop, given in options.items():
                name = f"{source}, {crop} from an image at a time"
                ways[name], goals[name] = taking(batches(images, given), count), GOALS.get(source)
                reasons[name] = REASONS.get(source, "")
        times = in_turns(ways, rounds, repeat=1)
    return [ratio(times, name, PLAIN, goal, reasons[name]) for name, goal in goals.items()]


def degraded(folder: Path, rounds: int = ROUNDS, count: int = BATCHES, **sizes: int) -> Ratio:
    """Compares the pipeline with blur, noise and JPEG with the step that takes its crops.

    Args:
      folder: images.
      rounds: how often.
      count: batches in a turn.
      **sizes: those of the step's network, where they are not the paper's.
    """
    options = CropOptions(batch_size=BATCH, augment=True, crops_per_image=8, degradation="photo")
    config = RunConfig(data="noise", batch_size=BATCH, ema_decay=0.998, precision="mixed_bfloat16", **sizes)
    step = timed(our_step(config))
    name = "folder, 8 crops from an image at a time, --degradation=photo"
    ways = {
        name: taking(batches(open_source(str(folder), min_size=96), options), count),
        STEP: lambda: step() / BATCH,
    }
    return ratio(in_turns(ways, rounds, repeat=1), name, STEP, DEGRADED_GOAL)


def waiting(folder: Path, steps: int = 60, every: int = 10, **sizes: int) -> Ratio:
    """Returns the trainer's own measure: the share of its time in which it waits for a batch."""
    given = {
        "data": str(folder),
        "steps": steps,
        "log_every": every,
        "checkpoint_every": steps,
        "precision": "mixed_bfloat16",
        "augment": True,
        "crops_per_image": 8,
        "ema_decay": 0.998,
        **sizes,
    }
    with tempfile.TemporaryDirectory() as run_dir:
        run = train(given, Path(run_dir))
        rows = list(csv.DictReader(run.metrics.open()))[1:]  # the first row holds the tracing of the step
    shares = [float(row["waiting_for_data"]) for row in rows]
    step = statistics.median(1 / float(row["steps_per_second"]) for row in rows)
    share = statistics.median(shares)
    return Ratio(
        "the trainer waiting for data, folder, 8 crops from an image at a time",
        "a step, mixed_bfloat16",
        share * step,
        step,
        share,
        min(shares),
        max(shares),
        len(shares),
        WAITING_GOAL,
    )


def measure() -> str:
    """Returns the section."""
    with photographs() as folder:
        images = open_source(str(folder), min_size=96)
        rows = [*crops(folder), degraded(folder)]
        row = waiting(folder)
    pixels = statistics.median(images.heights * images.widths) / 1e6
    name = "scikit-image's images" if not os.environ.get("SRGAN_DATA") else "images of SRGAN_DATA"
    text = f"{len(images)} {name} of {pixels:.1f} megapixels (median); pipelines start and end in each turn."
    per_second = table(rows, "crops/s", lambda seconds: f"{1 / seconds:.0f}")
    return "\n\n".join([text, per_second, table([row])])


if __name__ == "__main__":
    sys.exit(exit_code(lambda: show(measure)))
