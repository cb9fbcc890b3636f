"""The pictures in a report's folder: originals and each method's, made or copied once, kept by content."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from srgan_tf.data.degradation import crop_to_multiple, downscale
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.evaluation.cache import digest, file_digest
from srgan_tf.evaluation.methods import ORIGINAL, Method, ReadyPictures, Upscaling, pictures_of
from srgan_tf.evaluation.originals import Original
from srgan_tf.evaluation.protocols import Protocol
from srgan_tf.files import replacing
from srgan_tf.images import UnusableImage, read_rgb

PICTURES = "pictures"


@dataclass(frozen=True)
class Pictures:
    """Where pictures are kept, and what they are made for.

    Attributes:
      report: the report's folder.
      scale: of the comparison.
      cache: digests of the pictures there, by what they were made from; changed as pictures are made.
      names: image names by data set.
    """

    report: Path
    scale: int
    cache: dict[str, Any]
    names: dict[str, frozenset[str]]


def original_picture(original: Original) -> str:
    """Where an HR image's picture is, inside the report's folder."""
    return f"{PICTURES}/{original.benchmark}/{ORIGINAL}/{original.name}.png"


def keep_original(pictures: Pictures, original: Original) -> None:
    """Writes the HR picture, cropped to multiples of the scale, to the report.

    Raises:
      WorkError: it cannot be read.
    """
    key = digest("original", file_digest(original.path), pictures.scale)
    target = pictures.report / original_picture(original)
    _made(pictures, target, key, lambda: crop_to_multiple(_read(original.path), pictures.scale))


def any_found(pictures: Pictures, method: ReadyPictures, originals: list[Original]) -> bool:
    """Whether a method's folder has a picture of at least one of these images of a data set."""
    return any(pictures_of(method, o, pictures.names[o.benchmark]) for o in originals)


def keep_sr(pictures: Pictures, method: Method, original: Original, protocol: Protocol) -> Path:
    """The file with a method's picture of an image, in the report; made if need be.

    Args:
      pictures: where.
      method: what enlarges, or a folder of pictures.
      original: an image that `keep_original` wrote.
      protocol: says how LR is made.

    Returns:
      Path of a PNG.

    Raises:
      WorkError: there is no such picture, or the network failed.
    """
    folder = pictures.report / PICTURES / original.benchmark
    if isinstance(method, ReadyPictures):
        source = _one(pictures_of(method, original, pictures.names[original.benchmark]), method, original)
        target = folder / method.name / f"{original.name}.png"
        return _made(pictures, target, digest("ready", file_digest(source)), lambda: _read(source))

    hr_path = pictures.report / original_picture(original)

    def enlarged() -> np.ndarray:
        lr = downscale(_read(hr_path), pictures.scale, protocol.downscale)
        return _enlarge(method, lr, protocol)

    target = folder / f"{method.name}@{protocol.name}" / f"{original.name}.png"
    key = digest("sr", method.fingerprint, protocol.downscale, pictures.scale, file_digest(hr_path))
    return _made(pictures, target, key, enlarged)


def read_pair(sr_path: Path, hr_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Two pictures of the same size, uint8 (H, W, 3).

    Raises:
      WorkError: one cannot be read, or their sizes differ.
    """
    sr, hr = _read(sr_path), _read(hr_path)
    if sr.shape != hr.shape:
        raise WorkError(
            f"the picture is {sr.shape[1]}x{sr.shape[0]} (width x height), "
            f"expected {hr.shape[1]}x{hr.shape[0]}"
        )
    return sr, hr


def _one(found: list[Path], method: ReadyPictures, original: Original) -> Path:
    folder = method.of_set(original.benchmark)
    if not found:
        raise WorkError(f"no picture in {folder}; expected {original.name}.png")
    if len(found) > 1:
        listed = ", ".join(path.name for path in found)
        raise WorkError(f"more than one picture in {folder}: {listed}; keep one")
    return found[0]


def _enlarge(method: Upscaling, lr: np.ndarray, protocol: Protocol) -> np.ndarray:
    try:
        return method.upscale(lr, protocol.downscale)
    except UsageError as error:  # a picture for which the memory does not do
        raise WorkError(str(error)) from error
    except tf.errors.OpError as error:
        raise WorkError(f"the network failed ({str(error.message).splitlines()[0]})") from error


def _made(pictures: Pictures, target: Path, key: str, make: Callable[[], np.ndarray]) -> Path:
    """`target`, written unless it already holds what `key` stands for."""
    if key not in pictures.cache or pictures.cache[key] != file_digest(target):
        pictures.cache[key] = _save(make(), target)
    return target


def _read(path: Path) -> np.ndarray:
    try:
        return read_rgb(path)
    except (UnusableImage, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise WorkError(f"{path}: {reason}") from error


def _save(picture: np.ndarray, path: Path) -> str:
    """Writes a PNG, complete or not at all, and gives its `file_digest`."""
    try:
        with replacing(path) as beside:
            Image.fromarray(picture).save(beside, compress_level=4)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror or error}); give another --report"
        ) from error
    return file_digest(path)
