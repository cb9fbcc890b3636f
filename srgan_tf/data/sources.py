"""The HR images to train on: `sample`, a folder, a TensorFlow dataset, or TFRecord files.

`sample` is images inside scikit-image's wheel: something real to try everything on, with no
download. Those are taken whose documentation in `skimage.data` dedicates them to the public domain or gives
CC0. The stereo pair of a motorcycle, for one, comes without such a statement and is left out.
"""

import glob
import os
from pathlib import Path
from typing import Literal

import skimage

from srgan_tf.data.records import FEATURE, RecordSlice, scan_records
from srgan_tf.data.scan import Source, file_key, scan, short_hash
from srgan_tf.errors import UsageError
from srgan_tf.images import SUFFIXES, image_names

Split = Literal["train", "validation"]

PHOTOGRAPHS = {
    "train": (
        "astronaut.png",
        "brick.png",
        "coffee.png",
        "grass.png",
        "gravel.png",
        "hubble_deep_field.jpg",
        "retina.jpg",
        "rocket.jpg",
    ),
    "validation": ("chelsea.png", "camera.png"),
}

_OTHER_FILES = {".index", ".json", ".txt"}


def open_source(spec: str, *, split: Split = "train", min_size: int = 0, cache: Path | None = None) -> Source:
    """Returns the images that `spec` names, each checked by decoding it.

    Args:
      spec: `sample`, a folder's path, `tfds:NAME[/CONFIG][:SPLIT]` or `tfrecord:GLOB`.
      split: which images to take where the spec does not say: `sample` and TensorFlow datasets have both
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


def open_sample(*, split: Split, min_size: int = 0) -> Source:
    """Returns the sample images of one side.

    Args:
      split: "train" or "validation"; no image is in both.
      min_size: images with a side below this are left out.

    Raises:
      UsageError: scikit-image lacks one of the images.
    """
    # Read by path, since skimage.data's functions download what they do not find.
    root = Path(skimage.__file__).parent / "data"
    names = PHOTOGRAPHS[split]
    for name in names:
        if not (root / name).is_file():
            raise UsageError(
                f"the sample image {name} is not in {root}: install the scikit-image of requirements.txt"
            )
    return scan("sample", names, lambda i: (root / names[i]).read_bytes(), keys=names, min_size=min_size)


def open_folder(spec: str, *, min_size: int = 0, cache: Path | None = None) -> Source:
    """Returns the images of a folder, in the order of their paths.

    Files are images if `image_names` finds them; what their bytes hold then decides how they are read. An
    image's name is its path inside the folder, with forward slashes.

    Args:
      spec: the folder's path.
      min_size: images with a side below this are left out.
      cache: a directory for the findings, kept under path, size and time of change; None keeps nothing.

    Raises:
      UsageError: there is no such folder, or no usable image in it.
    """
    root = Path(spec).expanduser()
    if not root.is_dir():
        raise UsageError(
            f"{spec} is no folder: expected `sample`, a folder of images, "
            "tfds:NAME[/CONFIG][:SPLIT] or tfrecord:GLOB"
        )
    names = image_names(root)
    if not names:
        raise UsageError(
            f"no image in {spec}: expected files ending in {', '.join(sorted(SUFFIXES))}, at any depth"
        )
    paths = [root / name for name in names]
    keys = [file_key(path) for path in paths]
    kept = cache and cache / f"images-{short_hash(str(root.resolve()))}.json"
    return scan(spec, names, lambda i: paths[i].read_bytes(), keys=keys, min_size=min_size, cache=kept)


def open_tfrecord(pattern: str, *, min_size: int = 0, cache: Path | None = None) -> Source:
    """Returns the images of TFRecord files, in the order of the files' paths.

    Args:
      pattern: the files' names, with `*`, `?`, `[...]` and `**`; a `~` at the start is the home directory.
        The other files that `srgan_tf.data.pack` writes are passed over.
      min_size: images with a side below this are left out.
      cache: a directory for what is found out about the records; None keeps nothing.

    Raises:
      UsageError: no file matches, one is damaged, or no image is usable.
    """
    # pathlib's glob takes no absolute patterns.
    found = glob.glob(os.path.expanduser(pattern), recursive=True)  # noqa: PTH111, PTH207
    matches = sorted(map(Path, found))
    paths = [path for path in matches if path.is_file() and path.suffix not in _OTHER_FILES]
    if not paths:
        raise UsageError(
            f"tfrecord:{pattern} matches no file: expected a pattern such as tfrecord:/data/packed/*.tfrecord"
        )
    slices = [RecordSlice(path) for path in paths]
    return scan_records(f"tfrecord:{pattern}", slices, FEATURE, min_size=min_size, cache=cache)
