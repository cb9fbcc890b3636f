"""Images in a folder and the folders below it."""

import os
from pathlib import Path

from srgan_tf.data.decode import SUFFIXES
from srgan_tf.data.scan import Source, file_key, scan, short_hash
from srgan_tf.errors import UsageError


def open_folder(spec: str, *, min_size: int = 0, cache: Path | None = None) -> Source:
    """The images of a folder, in the order of their paths.

    Files are images if their suffix is that of a JPEG, PNG, WebP, BMP or GIF file, in upper or lower case;
    what their bytes hold then decides how they are read. Files with other suffixes are ignored. An image's
    name is its path inside the folder, with forward slashes.

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


def image_names(root: Path, suffixes: frozenset[str] = SUFFIXES) -> list[str]:
    """The paths of a folder's image files inside it, with forward slashes, sorted; links are followed."""
    found = []
    visited = set()  # a link to a folder above would lead round in circles
    for folder, below, files in os.walk(root, followlinks=True):
        if os.path.realpath(folder) in visited:
            below.clear()
            continue
        visited.add(os.path.realpath(folder))
        inside = Path(folder).relative_to(root)
        found += [(inside / file).as_posix() for file in files if Path(file).suffix.lower() in suffixes]
    return sorted(found)
