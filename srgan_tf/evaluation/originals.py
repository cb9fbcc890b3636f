"""The benchmarks' HR images: which there are, and their pictures."""

from dataclasses import dataclass
from pathlib import Path

from srgan_tf.errors import UsageError
from srgan_tf.images import SUFFIXES, image_files


@dataclass(frozen=True)
class Original:
    """An HR image of a data set.

    Attributes:
      benchmark: the data set, such as "Set5".
      name: the file's name without its suffix; a method's pictures are matched by it.
      path: the file.
    """

    benchmark: str
    name: str
    path: Path


def find_originals(root: Path) -> list[Original]:
    """The images of every data set: each folder in `root` is one, or `root` itself if it holds images.

    Args:
      root: the folder of `--benchmarks`.

    Returns:
      The images, set by set, both sorted by name; smaller sets come first.

    Raises:
      UsageError: no such folder, no image in it, or two images of a set that differ in their suffix alone.
    """
    if not root.is_dir():
        raise UsageError(f"--benchmarks={root}: no such folder; expected one with a folder per data set")
    folders = [root] if image_files(root) else [path for path in root.iterdir() if path.is_dir()]
    sets = [
        [Original(folder.resolve().name, path.stem, path) for path in image_files(folder)]
        for folder in folders
    ]
    originals = [
        original
        for images in sorted(sets, key=lambda s: (len(s), s[:1] and s[0].benchmark))
        for original in images
    ]
    if not originals:
        raise UsageError(
            f"--benchmarks={root}: no image in it or in its folders; expected files ending in "
            f"{', '.join(sorted(SUFFIXES))}"
        )
    seen: dict[tuple[str, str], Path] = {}
    for original in originals:
        twin = seen.setdefault((original.benchmark, original.name), original.path)
        if twin != original.path:
            raise UsageError(
                f"{original.path} and {twin.name}: two images of one name in a data set; rename one of them"
            )
    return originals
