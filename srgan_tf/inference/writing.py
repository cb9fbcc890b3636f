"""Enlarged pictures -> files."""

from pathlib import Path

import numpy as np
from PIL import Image

from srgan_tf.errors import WorkError
from srgan_tf.files import replacing
from srgan_tf.inference.enlarged import Enlarged
from srgan_tf.inference.picture import Picture, exif_bytes
from srgan_tf.inference.png import LARGEST_SIDE, write_png

FORMATS = ("png", "jpg", "webp")
"""What can be written, by suffix. PNG is written as the picture is made; the others need it whole."""

OPTIONS = {"jpg": {"quality": 95, "subsampling": 0}, "webp": {"quality": 95}}
LARGEST_SIDES = {"png": LARGEST_SIDE, "jpg": 65500, "webp": 16383}  # of the formats, as libraries have them


def kind_of(path: Path) -> str:
    """The format that a path's ending names; not checked to be one of `FORMATS`."""
    return path.suffix[1:].lower().replace("jpeg", "jpg")


def check_fits(picture: Picture, height: int, width: int, path: Path) -> None:
    """Checks, before anything is computed, that the format can hold the result.

    Raises:
      WorkError: naming the format's limit.
    """
    kind = kind_of(path)
    if max(height, width) > LARGEST_SIDES[kind]:
        raise WorkError(
            f"{width}x{height} is too large for {kind}, which holds sides up to {LARGEST_SIDES[kind]}; "
            "use --format=png"
        )
    if kind == "jpg" and picture.alpha is not None:
        raise WorkError("it has alpha, and JPEG has none; use --format=png or webp")


def write_picture(enlarged: Enlarged, picture: Picture, path: Path) -> None:
    """Writes an enlarged picture with EXIF and colour profile, complete or not at all.

    PNG keeps 16 bits. JPEG and WebP have 8, so 16 are rounded to 8.

    Args:
      enlarged: what to write; its bands are used up.
      picture: where it comes from, with what is kept of the file.
      path: a `.png`, `.jpg` or `.webp` file.
    """
    exif = picture.exif and exif_bytes(picture.exif, enlarged.height, enlarged.width)
    with replacing(path) as beside:
        if kind_of(path) == "png":
            with beside.open("wb") as file:
                write_png(
                    file,
                    enlarged.bands,
                    height=enlarged.height,
                    width=enlarged.width,
                    channels=enlarged.channels,
                    bits=8 * enlarged.dtype.itemsize,
                    exif=exif and exif.removeprefix(b"Exif\0\0"),
                    icc=picture.icc,
                )
            return
        image = Image.fromarray(_gathered(enlarged))
        kept = {"exif": exif, "icc_profile": picture.icc}
        image.save(beside, **OPTIONS[kind_of(path)], **{k: v for k, v in kept.items() if v})


def _gathered(enlarged: Enlarged) -> np.ndarray:
    """All bands together as Pillow takes them: uint8 (h, w) or (h, w, C)."""
    whole = np.empty((enlarged.height, enlarged.width, enlarged.channels), np.uint8)
    top = 0
    for band in enlarged.bands:
        whole[top : top + len(band)] = band if band.dtype == np.uint8 else (band + np.uint32(128)) // 257
        top += len(band)
    return whole[..., 0] if enlarged.channels == 1 else whole
