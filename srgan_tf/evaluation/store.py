"""SR images and values that are kept in a report's folder, by the content they were made from.

Names, dates and places of files do not count. What has not changed is neither made nor measured again.
"""

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srgan_tf.errors import UsageError, WorkError
from srgan_tf.files import replacing, write_text
from srgan_tf.images import UnusableImage, decode_rgb
from srgan_tf.images.writing import encode_png

CACHE = "cache.json"
IMAGES = "pictures"
"""The folder of SR and HR images in a report."""
VERSION = 3
"""Part of every key; raise it when a change to the program changes images or values."""


@dataclass(frozen=True)
class Store:
    """A report's folder and what is known of it.

    Attributes:
      folder: the report's.
      known: digests of the images there, and values, by `digest` of what they were made from; changed as
        they are made.
    """

    folder: Path
    known: dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """An image in the report.

    Attributes:
      file: inside the report's folder.
      digest: of its file.
      pixels: gives uint8 (H, W, 3); an image that was not made in this call is read at the first use.
    """

    file: str
    digest: str
    pixels: Callable[[], np.ndarray]


def open_store(folder: Path) -> Store:
    """Returns a report's store; nothing is known where `cache.json` is absent or damaged."""
    try:
        known = json.loads((folder / CACHE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    return Store(folder, known if isinstance(known, dict) else {})


def save_store(store: Store) -> None:
    """Writes what is known, complete or not at all."""
    write_text(store.folder / CACHE, json.dumps(store.known))


def stored_image(store: Store, file: str, key: str, make: Callable[[], np.ndarray]) -> Stored:
    """Returns an image of the report, made if need be.

    Args:
      store: where.
      file: inside the report's folder, below `IMAGES`.
      key: `digest` of everything that the image is made from.
      make: makes it: uint8 (H, W, 3).

    Raises:
      UsageError: it cannot be written.
    """
    path = store.folder / file
    known = store.known.get(key)
    if known is not None and known == file_digest(path):
        return Stored(file, known, functools.cache(lambda: decoded(read_bytes(path), path)))
    image = make()
    data = encode_png(image, compress_level=4)
    try:
        with replacing(path) as beside:
            beside.write_bytes(data)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"{path}: cannot be written ({reason}); give another --report") from error
    store.known[key] = bytes_digest(data)
    return Stored(file, store.known[key], lambda: image)


def stored_values(store: Store, key: str, compute: Callable[[], tuple[float, ...]]) -> list[float]:
    """Returns the values of a `digest` of everything that they depend on, computed if need be."""
    if key not in store.known:
        store.known[key] = [float(value) for value in compute()]
    return store.known[key]


def digest(*parts: object) -> str:
    """Returns a key made of the parts' text."""
    return hashlib.sha256(json.dumps([VERSION, *map(str, parts)]).encode()).hexdigest()


def file_digest(path: Path) -> str | None:
    """Returns a key made of a file's bytes; None if there is no such file."""
    try:
        return bytes_digest(path.read_bytes())
    except OSError:
        return None


def bytes_digest(data: bytes) -> str:
    """Returns a key made of bytes."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Returns a file's bytes.

    Raises:
      WorkError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise WorkError(f"{path}: {error.strerror or error}") from error


def decoded(data: bytes, path: Path) -> np.ndarray:
    """Returns the image of a file's bytes, uint8 (H, W, 3); a single channel is replicated.

    Raises:
      WorkError: it cannot be decoded; the error names `path`.
    """
    try:
        return decode_rgb(data)
    except UnusableImage as error:
        raise WorkError(f"{path}: {error}") from error
