"""The small collection that the tests of packing share."""

from pathlib import Path

import pytest

from tests.helpers import encoded, sample_image


@pytest.fixture(scope="session")
def collection(tmp_path_factory) -> Path:
    """Six images to pack and four to leave out."""
    root = tmp_path_factory.mktemp("collection")
    image = sample_image(50, 60)
    exif = image.getexif()
    exif[0x0112] = 6
    (root / "inside").mkdir()
    files = {
        "a.jpg": encoded(image, "JPEG"),
        "b.png": encoded(sample_image(52, 61, 1), "PNG"),
        "c.png": encoded(sample_image(53, 60, 2).convert("L"), "PNG"),
        "d.jpg": encoded(sample_image(54, 60, 3), "JPEG", exif=exif),
        "e.webp": encoded(sample_image(55, 60, 4), "WEBP", lossless=True),
        "inside/f.bmp": encoded(sample_image(56, 60, 5), "BMP"),
        "empty.png": b"",
        "note.jpg": b"no image",
        "truncated.jpg": encoded(image, "JPEG")[:-300],
        "zz_small.png": encoded(sample_image(20, 47), "PNG"),
    }
    for name, content in files.items():
        (root / name).write_bytes(content)
    return root
