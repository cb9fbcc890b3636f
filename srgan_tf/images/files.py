"""Image files: which there are in a folder, and opening one."""

import importlib.util
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
"""Pillow's names of what is read. HEIF joins them where `pillow_heif` is installed."""
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif", ".heic", ".heif"}
)
"""Endings of files that are read."""
UNREAD = frozenset({
    ".jxl", ".jp2", ".j2k", ".jpx", ".jxr", ".hdr", ".exr", ".tga", ".dds", ".psd", ".psb", ".xcf", ".svg",
    ".ico", ".icns", ".pcx", ".ppm", ".pgm", ".pbm", ".pnm", ".qoi", ".dng", ".cr2", ".cr3", ".crw", ".nef",
    ".nrw", ".arw", ".sr2", ".srf", ".raf", ".orf", ".rw2", ".pef", ".srw", ".x3f", ".3fr", ".iiq", ".erf",
    ".kdc", ".mrw", ".dcr", ".rwl", ".gpr", ".raw",
})  # fmt: skip
"""Endings of image files that are not read: files that have them count, and are named with that reason."""

_READABLE = "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC"
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # ISO/IEC 23008-12
_SUBFILE_TYPE, _DNG_VERSION = 0x00FE, 0xC612  # numbers of tags in TIFF 6.0 and in DNG 1.4


_KNOWN = SUFFIXES | UNREAD


class UnusableImage(Exception):  # noqa: N818 - a finding about a file, which scanning records
    """The bytes are no image that can be used; the message is the reason, without the file's name."""


def image_names(root: Path) -> list[str]:
    """Returns the paths of the image files at any depth of a folder, inside it, with forward slashes, sorted.

    Files are images if their suffix is one of `SUFFIXES` or `UNREAD`, in upper or lower case, so that what
    cannot be read is found by reading it and named by whoever reads. Links are followed.
    """
    found = []
    visited = set()  # a link to a folder above would lead round in circles
    for folder, below, files in os.walk(root, followlinks=True):
        if os.path.realpath(folder) in visited:
            below.clear()
            continue
        visited.add(os.path.realpath(folder))
        inside = Path(folder).relative_to(root)
        found += [(inside / file).as_posix() for file in files if Path(file).suffix.lower() in _KNOWN]
    return sorted(found)


def folder_name(folder: Path) -> str:
    """Returns the name of a dataset: that of its folder, and of the link where the folder is one."""
    return folder.name if folder.name not in ("", "..") else folder.resolve().name


def image_files(folder: Path) -> list[Path]:
    """Returns the image files that lie in a folder itself, sorted by name; hidden files do not count.

    None are returned where all of them have suffixes of `UNREAD`, such as a logo beside folders of images.
    """
    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in _KNOWN and not path.name.startswith(".") and path.is_file()
    )
    return found if any(path.suffix.lower() in SUFFIXES for path in found) else []


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
        with Image.open(stream, formats=_formats()) as image:
            if image.format == "TIFF":
                _check_no_raw(image, stream)
            yield image
    except UnusableImage:
        raise
    except UnidentifiedImageError:
        stream.seek(4)
        start = stream.read(8)
        if start[:4] == b"ftyp" and start[4:] in _HEIF_BRANDS and "HEIF" not in _formats():
            reason = "HEIC, which needs the package pillow-heif: pip install 'srgan-tf[heic]'"
            raise UnusableImage(reason) from None
        raise UnusableImage(f"no {_READABLE} image, or damaged at its start") from None
    except Image.DecompressionBombError:
        raise UnusableImage("more pixels than Pillow's limit against decompression bombs") from None
    except Exception as error:  # of damaged files: OSError, SyntaxError, struct.error, TensorFlow's...
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UnusableImage(f"cannot be decoded: {reason}") from None


@cache
def _formats() -> tuple[str, ...]:
    if importlib.util.find_spec("pillow_heif") is None:
        return FORMATS
    import pillow_heif

    pillow_heif.register_heif_opener()
    return (*FORMATS, "HEIF")


def _check_no_raw(image: Image.Image, stream: BinaryIO) -> None:
    """Refuses raw files of cameras, which are TIFF files that begin with a small preview."""
    place = stream.tell()
    stream.seek(8)
    canon = stream.read(2) == b"CR"
    stream.seek(place)
    if canon or image.tag_v2.get(_SUBFILE_TYPE, 0) & 1 or _DNG_VERSION in image.tag_v2:
        raise UnusableImage("a camera's raw file; develop it and save it as TIFF, PNG or JPEG")
