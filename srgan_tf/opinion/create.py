"""Folders of images -> a study."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srgan_tf.data.degradation import crop_to_multiple, downscale
from srgan_tf.errors import UsageError
from srgan_tf.files import replacing
from srgan_tf.images import SUFFIXES, UnusableImage, folder_name, image_files, read_rgb
from srgan_tf.images.writing import encode_png
from srgan_tf.opinion.study import BEST, IMAGES, WORST, Study, Version, image_path, save_study
from srgan_tf.progress import progress

# A reference may keep the last rows and columns that are no multiple of the scale, up to 7 for x8.
LARGEST_DIFFERENCE = 7

MOST_CALIBRATION = 12
"""Calibration images, unless asked for more: each is rated twice before the test begins."""

SET = "{set}"  # in a method's folder: the name of a dataset


@dataclass(frozen=True)
class ImageFiles:
    """Files of one image, one for each method.

    Attributes:
      data_set: its dataset's name.
      image: its name.
      paths: each version's file, by method.
    """

    data_set: str
    image: str
    paths: Mapping[str, Path]


def create_study(
    root: Path,
    images: Path,
    methods: Mapping[str, Path],
    calibration: Path,
    *,
    title: str = "Image quality",
    scale: int = 4,
    most_calibration: int = MOST_CALIBRATION,
    seed: int = 0,
) -> Study:
    """Makes a study; its directory appears complete or not at all.

    Versions of an image are cut at the bottom and the right to the size that all of them have. Calibration
    images are shown as they are (answer 5) and as nearest neighbour makes them from their LR (answer 1);
    those larger than every image of the test are cut to the middle.

    Args:
      root: the study's directory, which must not exist.
      images: the folder whose file names say which images are shown: images, which make one dataset, or
        a folder of images for each dataset.
      methods: for each method its name and a folder laid out like `images`, or one with "{set}" in its path
        for the dataset's name. Names of files count without their suffix. A dataset of which a method has
        no folder is not shown in that method.
      calibration: a folder of images that are not in the test.
      title: what raters read at the top.
      scale: by which calibration images are made smaller and larger again.
      most_calibration: the most images of `calibration` to show; of more, as many are chosen.
      seed: of that choice.

    Raises:
      UsageError: a folder, an image or a name does not fit; the message says which.
    """
    if root.exists():
        raise UsageError(f"{root} exists already; give a directory that does not, or remove it")
    if scale < 2:
        raise UsageError(f"--scale={scale}: expected 2 or more")
    if most_calibration < 1 or seed < 0:
        raise UsageError("--calibration_images and --seed: expected 1 or more, and 0 or more")
    for name in methods:
        if not re.fullmatch(r"[\w.+-][\w.+ -]{0,39}", name):
            raise UsageError(f"--methods: {name!r} is no name; use letters, digits and . _ + - up to 40")
    shown = find_files(images, methods)
    calibration_files = _some(_files_in(calibration, "--calibration"), most_calibration, seed)
    digests: set[bytes] = set()
    total = sum(len(files.paths) for files in shown) + 2 * len(calibration_files)
    with (
        replacing(root) as beside,
        progress(total, unit="image", desc="creating") as bar,
    ):
        (beside / IMAGES).mkdir(parents=True)
        shown_versions = []
        for files in shown:
            for method, content in _same_size(files, digests).items():
                shown_versions.append(_add(beside, content, files.data_set, files.image, method))
                bar.update()
        frame = max(v.height for v in shown_versions), max(v.width for v in shown_versions)
        examples = []
        for name, path in calibration_files.items():
            image = _read(path)
            if _digest(image) in digests:
                raise UsageError(f"{path} is in the test too; calibrate with images that are not")
            original = crop_to_multiple(_middle(image, *frame), scale)
            if not original.size:
                raise UsageError(f"{path} is smaller than {scale}x{scale}; use another image")
            examples.append(_add(beside, original, "", name, "original", BEST))
            examples.append(_add(beside, nearest(original, scale), "", name, "nearest", WORST))
            bar.update(2)
        study = Study(beside, title, tuple(methods), tuple(examples), tuple(shown_versions))
        save_study(study)
    return Study(root, study.title, study.methods, study.examples, study.versions)


def find_files(images: Path, methods: Mapping[str, Path]) -> list[ImageFiles]:
    """Returns the files of a study by dataset and image.

    Args:
      images: as for `create_study`.
      methods: as for `create_study`.

    Raises:
      UsageError: a folder is missing, or a method has some images of a dataset and not all.
    """
    found = []
    seen: set[str] = set()
    for data_set, folder in _data_sets(images).items():
        names = _files_in(folder, "--images")
        by_method = {}
        for method, root in methods.items():
            own = _folder_of(root, data_set, alone=folder == images)
            if not own.is_dir():
                continue
            by_method[method] = _files_in(own, f"--methods: {method}")
            missing = sorted(names.keys() - by_method[method].keys())
            if missing:
                raise UsageError(
                    f"--methods: {method} has no image of {data_set}'s {missing[0]} in {own}"
                    + (f", nor of {len(missing) - 1} more" if len(missing) > 1 else "")
                )
        if not by_method:
            raise UsageError(f"--methods: no method has a folder of {data_set}, which is in {images}")
        seen |= by_method.keys()
        for name in names:
            found.append(ImageFiles(data_set, name, {m: files[name] for m, files in by_method.items()}))
    for method, root in methods.items():
        if method not in seen:
            reason = (
                "has no folder of a dataset in --images"
                if root.is_dir() or SET in str(root)
                else "is no folder"
            )
            raise UsageError(f"--methods: {method}={root} {reason}")
    return found


def nearest(image: np.ndarray, scale: int) -> np.ndarray:
    """Returns the image that nearest neighbour makes of an image's LR: the worst one of the scale.

    Args:
      image: uint8 (H, W, 3); sides are multiples of `scale`.
      scale: the factor.

    Returns:
      uint8 (H, W, 3).
    """
    return downscale(image, scale, "pillow").repeat(scale, axis=0).repeat(scale, axis=1)


def _data_sets(images: Path) -> dict[str, Path]:
    if not images.is_dir():
        raise UsageError(f"--images={images} is no folder")
    folders = {p.name: p for p in sorted(images.iterdir()) if p.is_dir() and image_files(p)}
    if not image_files(images):
        if not folders:
            raise UsageError(f"--images={images}: no image in it, nor in the folders in it")
        return folders
    if folders:
        raise UsageError(
            f"--images={images} holds both images and folders of images ({next(iter(folders))}); "
            "keep images of one dataset in it, or a folder for each dataset"
        )
    return {folder_name(images): images}


def _folder_of(root: Path, data_set: str, alone: bool) -> Path:
    """Returns the folder of a method's images of a dataset: the method's own if there is one dataset only."""
    if SET in str(root):
        return Path(str(root).replace(SET, data_set))
    return root if alone and not (root / data_set).is_dir() else root / data_set


def _files_in(folder: Path, flag: str) -> dict[str, Path]:
    """Returns a folder's image files by their names without suffix."""
    if not folder.is_dir():
        raise UsageError(f"{flag}: {folder} is no folder")
    found: dict[str, Path] = {}
    for path in image_files(folder):
        if path.stem in found:
            raise UsageError(f"{flag}: {found[path.stem]} and {path} have the same name; keep one of them")
        found[path.stem] = path
    if not found:
        raise UsageError(f"{flag}: no image in {folder}; expected {', '.join(sorted(SUFFIXES))}")
    return found


def _some(files: dict[str, Path], most: int, seed: int) -> dict[str, Path]:
    """Returns at most so many of the files, a function of their names and of the seed; sorted by name."""
    names = sorted(files)
    chosen = np.random.default_rng(seed).permutation(len(names))[:most]
    return {names[i]: files[names[i]] for i in sorted(chosen)}


def _same_size(files: ImageFiles, digests: set[bytes]) -> dict[str, np.ndarray]:
    """Returns an image's versions by method, cut to one size, and adds their digests."""
    images = {method: _read(path) for method, path in files.paths.items()}
    digests.update(map(_digest, images.values()))
    sizes = {method: image.shape[:2] for method, image in images.items()}
    height, width = (min(size[axis] for size in sizes.values()) for axis in (0, 1))
    for method, (h, w) in sizes.items():
        if h - height > LARGEST_DIFFERENCE or w - width > LARGEST_DIFFERENCE:
            raise UsageError(
                f"{files.paths[method]} is {w}x{h}, and another method's {files.image} is only "
                f"{width}x{height}; versions of an image must have one size, or raters could tell them apart"
            )
    return {method: image[:height, :width] for method, image in images.items()}


def _add(
    root: Path, content: np.ndarray, data_set: str, image: str, method: str, answer: int | None = None
) -> Version:
    height, width = content.shape[:2]
    version = Version(secrets.token_hex(8), data_set, image, method, width, height, answer)
    # Compression would give methods away: the smoother an image, the smaller its file.
    image_path(root, version.id).write_bytes(encode_png(content, compress_level=0))
    return version


def _read(path: Path) -> np.ndarray:
    try:
        return read_rgb(path)
    except (OSError, UnusableImage) as error:
        raise UsageError(f"{path} cannot be read: {error}; replace it") from None


def _digest(image: np.ndarray) -> bytes:
    return hashlib.sha256(str(image.shape).encode() + image.tobytes()).digest()


def _middle(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Returns the middle of an image, no larger than height x width."""
    top, left = (max(0, (have - want) // 2) for have, want in zip(image.shape, (height, width), strict=False))
    return image[top : top + height, left : left + width]
