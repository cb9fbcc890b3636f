import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageCms

from srgan_tf.images.writing import ImageStrips, filtered, write_png


def encoded(pixels, heights=(7, 80, 500), **kwargs):
    """The pixels as a PNG file, handed over in strips of these heights."""
    edges = np.cumsum(heights)
    file = io.BytesIO()
    strips = (strip for strip in np.split(pixels, edges) if len(strip))
    write_png(file, ImageStrips(*pixels.shape, pixels.dtype, strips), **kwargs)
    return file.getvalue()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("noise", [True, False])
def test_libpng_reads_back_every_sample(channels, dtype, noise):
    rng = np.random.default_rng(channels)
    pixels = rng.integers(0, np.iinfo(dtype).max, (150, 61, channels), dtype, endpoint=True)
    if not noise:
        pixels = np.cumsum(pixels // 64, axis=rng.integers(2)).astype(dtype)
    back = tf.io.decode_png(encoded(pixels), channels=0, dtype=dtype).numpy()
    np.testing.assert_array_equal(back, pixels)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (65, 1)])
def test_slivers(size):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(encoded(pixels)))), pixels)


def test_a_large_image_takes_several_chunks():
    pixels = np.random.default_rng(0).integers(0, 256, (800, 700, 3), np.uint8)
    file = encoded(pixels, heights=(300, 300))
    assert file.count(b"IDAT") >= 2
    image = Image.open(io.BytesIO(file))
    image.verify()  # the checksums
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))), pixels)


def test_exif_and_profile_are_kept():
    exif = Image.Exif()
    exif[0x010F] = "maker"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = np.zeros((3, 3, 3), np.uint8)
    image = Image.open(io.BytesIO(encoded(pixels, exif=exif.tobytes()[6:], icc=icc)))
    assert image.getexif()[0x010F] == "maker"
    assert image.info["icc_profile"] == icc


def test_filters_by_the_specification():
    """Undone one byte at a time, as section 9.2 of the specification writes it."""
    rng = np.random.default_rng(3)
    rows = np.cumsum(rng.integers(-9, 10, (40, 48)), axis=0).astype(np.uint8)
    rows[10:20] = np.cumsum(rng.integers(-9, 10, (10, 48)), axis=1)
    rows[20:30] = rng.integers(0, 3, (10, 48))
    above = rng.integers(0, 256, 48, np.uint8)
    result = filtered(rows, above, 3)
    assert len(set(result[:, 0])) >= 4
    before = above.astype(int)
    for (number, *values), expected in zip(result.astype(int), rows):
        row = np.zeros(48, int)
        for i, value in enumerate(values):
            a, c = (row[i - 3], before[i - 3]) if i >= 3 else (0, 0)
            b = before[i]
            p = a + b - c
            paeth = min((a, b, c), key=lambda v: abs(p - v))
            row[i] = (value + (0, a, b, (a + b) // 2, paeth)[number]) % 256
        np.testing.assert_array_equal(row, expected)
        before = row


def test_photographs_are_as_small_as_pillows(chelsea):
    file = io.BytesIO()
    Image.fromarray(chelsea).save(file, "PNG")
    assert len(encoded(chelsea)) < 1.03 * len(file.getvalue())
