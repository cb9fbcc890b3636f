"""Datasets: the HR images that methods are evaluated on."""

from dataclasses import dataclass
from pathlib import Path

from srgan_tf.errors import UsageError
from srgan_tf.images import SUFFIXES, folder_name, image_files


@dataclass(frozen=True)
class GroundTruth:
    """An HR image of a dataset.

    Attributes:
      dataset: its name, such as "Set5".
      name: the file's name without its suffix; a method's images are matched by it.
      path: the file.
    """

    dataset: str
    name: str
    path: Path


def find_images(root: Path) -> list[GroundTruth]:
    """Returns the images of every dataset: each folder in `root` is one, or `root` itself if it holds images.

    A dataset is called as its folder, also where that folder is a link to another.

    Args:
      root: the folder of `--benchmarks`.

    Returns:
      The images, dataset by dataset, both sorted by name; smaller datasets come first.

    Raises:
      UsageError: no such folder, no image in it, or two images of a dataset with one name.
    """
    if not root.is_dir():
        raise UsageError(f"--benchmarks={root}: no such folder; expected one with a folder per dataset")
    folders = [root] if image_files(root) else [path for path in root.iterdir() if path.is_dir()]
    datasets = [[GroundTruth(folder_name(f), path.stem, path) for path in image_files(f)] for f in folders]
    datasets.sort(key=lambda images: (len(images), images[:1] and images[0].dataset))
    found = [image for images in datasets for image in images]
    if not found:
        raise UsageError(
            f"--benchmarks={root}: no image in it or in its folders; expected files ending in "
            f"{', '.join(sorted(SUFFIXES))}"
        )
    seen: dict[tuple[str, str], Path] = {}
    for image in found:
        twin = seen.setdefault((image.dataset, image.name), image.path)
        if twin != image.path:
            raise UsageError(
                f"{image.path} and {twin.name}: two images of one name in a dataset; rename one of them"
            )
    return found
