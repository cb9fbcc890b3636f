"""Image files: which there are in a folder, and opening one."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})


class UnusableImage(Exception):  # noqa: N818 - a finding about a file, which scanning records
    """The bytes are no image that can be used; the message is the reason, without the file's name."""


def image_names(root: Path) -> list[str]:
    """Returns the paths of the image files at any depth of a folder, inside it, with forward slashes, sorted.

    Files are images if their suffix is one of `SUFFIXES`, in upper or lower case. Links are followed.
    """
    found = []
    visited = set()  # a link to a folder above would lead round in circles
    for folder, below, files in os.walk(root, followlinks=True):
        if os.path.realpath(folder) in visited:
            below.clear()
            continue
        visited.add(os.path.realpath(folder))
        inside = Path(folder).relative_to(root)
        found += [(inside / file).as_posix() for file in files if Path(file).suffix.lower() in SUFFIXES]
    return sorted(found)


def image_files(folder: Path) -> list[Path]:
    """Returns the image files that lie in a folder itself, sorted by name; hidden files do not count."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


@contextmanager
def opened(file: bytes | BinaryIO) -> Iterator[Image.Image]:
    """Opens an image file with Pillow; what bad bytes raise in the block becomes `UnusableImage`.

    Args:
      file: the bytes, or a file opened for reading them.

    Yields:
      The image, of which no pixel is decoded yet.
    """
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    if not stream.seek(0, io.SEEK_END):
        raise UnusableImage("empty file")
    stream.seek(0)
    try:
        with Image.open(stream, formats=FORMATS) as image:
            yield image
    except UnusableImage:
        raise
    except UnidentifiedImageError:
        raise UnusableImage("no JPEG, PNG, WebP, TIFF, BMP or GIF image, or damaged at its start") from None
    except Image.DecompressionBombError:
        raise UnusableImage("more pixels than Pillow's limit against decompression bombs") from None
    except Exception as error:  # of damaged files: OSError, SyntaxError, struct.error, TensorFlow's...
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UnusableImage(f"cannot be decoded: {reason}") from None
