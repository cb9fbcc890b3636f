"""Where HR images come from: `sample`, a folder, a TensorFlow data set, or TFRecord files."""

from pathlib import Path
from typing import Literal

from srgan_tf.data.folder import open_folder
from srgan_tf.data.sample import open_sample
from srgan_tf.data.scan import Skipped, Source
from srgan_tf.data.tfrecord import open_tfrecord

__all__ = ["Skipped", "Source", "Split", "open_source"]

Split = Literal["train", "validation"]


def open_source(spec: str, *, split: Split = "train", min_size: int = 0, cache: Path | None = None) -> Source:
    """Opens the images that `spec` names, having checked that each can be decoded.

    Args:
      spec: `sample`, a folder's path, `tfds:NAME[/CONFIG][:SPLIT]` or `tfrecord:GLOB`.
      split: which images to take where the spec does not say: `sample` and TensorFlow data sets have both
        kinds.
      min_size: images with a side below this are left out and counted.
      cache: a directory in which the findings about images are kept, so that opening the same ones again
        does not decode them again; None keeps nothing.

    Raises:
      UsageError: the spec cannot be opened, or has no usable image.
    """
    if spec == "sample":
        return open_sample(split=split, min_size=min_size)
    kind, _, rest = spec.partition(":")
    if kind == "tfds":
        # Imported only here, as TensorFlow Datasets takes a while to load.
        from srgan_tf.data.tfds import open_tfds

        return open_tfds(rest, split=split, min_size=min_size, cache=cache)
    if kind == "tfrecord":
        return open_tfrecord(rest, min_size=min_size, cache=cache)
    return open_folder(spec, min_size=min_size, cache=cache)
