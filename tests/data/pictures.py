"""Small pictures for the tests of `srgan_tf.data`: real photographs cut down, and files of every kind."""

import io
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

PHOTOGRAPH = Path(skimage.__file__).parent / "data" / "chelsea.png"


def photograph(height: int, width: int, number: int = 0) -> Image.Image:
    """A part of a photograph, a different one for each number."""
    with Image.open(PHOTOGRAPH) as image:
        left, top = 37 * number % (image.width - width + 1), 23 * number % (image.height - height + 1)
        part = image.convert("RGB").crop((left, top, left + width, top + height))
    return Image.fromarray(np.asarray(part))  # without the file's colour profile


def encoded(image: Image.Image, form: str, **options) -> bytes:
    """An image file's bytes."""
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def write_photographs(folder: Path, count: int, size: tuple[int, int] = (40, 52), form: str = "PNG") -> None:
    """`count` photographs `00.png`, `01.png`, ... each a little larger than the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = {"PNG": "png", "JPEG": "jpg"}[form]
    for i in range(count):
        image = photograph(size[0] + i, size[1] + i % 3, i)
        (folder / f"{i:02}.{suffix}").write_bytes(encoded(image, form))
