"""Crops per second of the input pipeline. `python -m benchmarks.input_pipeline FOLDER` (JPEG photographs)."""

import sys
import tempfile
from pathlib import Path

import tensorflow as tf

from benchmarks.side_by_side import Ratio, in_turns, machine, ratio, table
from srgan_tf.data.pack import pack
from srgan_tf.data.pipeline import CropOptions, batches
from srgan_tf.data.sources import open_source

BATCHES = 32


def plain(folder: Path) -> tf.data.Dataset:
    """The pipeline that tutorials write: decode everything, then crop, with default settings."""

    def pair(path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        whole = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        crop = tf.cast(tf.image.random_crop(whole, (96, 96, 3)), tf.float32)
        lr = tf.image.resize(crop, (24, 24), "bicubic", antialias=True)
        return lr / 255.0, crop / 127.5 - 1.0

    files = sorted(str(p) for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
    return tf.data.Dataset.from_tensor_slices(files).shuffle(len(files)).repeat().map(pair).batch(16)


def taking(dataset: tf.data.Dataset):
    """A function that takes some batches from where the last call ended."""
    iterator = iter(dataset)

    def take() -> None:
        for _ in range(BATCHES):
            next(iterator)

    return take


def measure(folder: Path) -> list[Ratio]:
    """Our pipeline from the folder and from packed shards, against the plain one."""
    with tempfile.TemporaryDirectory() as packed:
        pack(folder, Path(packed) / "shards", images_per_shard=256, min_size=96, workers=2)
        fast = CropOptions(augment=True, crops_per_image=8)
        ways = {"plain pipeline": taking(plain(folder))}
        for name, source in (
            ("folder", str(folder)),
            ("packed shards", f"tfrecord:{packed}/shards/*.tfrecord"),
        ):
            images = open_source(source, min_size=96)
            ways[f"{name}, a crop per decoded image"] = taking(batches(images, CropOptions()))
            ways[f"{name}, 8 crops per decoded image"] = taking(batches(images, fast))
        times = in_turns(ways, rounds=5, repeat=1)
        names = list(ways)[1:]
        ways.clear()  # ends the threads that read ahead, before their files go
    goals = {"folder, 8 crops per decoded image": 1 / 5, "packed shards, 8 crops per decoded image": 1 / 20}
    return [ratio(times, name, "plain pipeline", goals.get(name)) for name in names]


def main() -> None:
    """Prints the table; the times are those of 32 batches of 16 crops."""
    print(machine())
    print(table(measure(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
