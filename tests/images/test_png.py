import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageCms

from srgan_tf.images.writing import ImageStrips, _paeth, filtered, write_png


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


@pytest.mark.parametrize(("level", "most"), [(1, 1.03), (6, 1.03), (9, 1.02)])
def test_photographs_are_as_small_as_pillows(chelsea, level, most):
    upscaled = Image.fromarray(chelsea).resize((640, 512), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    upscaled.save(file, "PNG", compress_level=6)
    assert len(encoded(np.asarray(upscaled), level=level)) < most * len(file.getvalue())


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_level_keeps_every_sample(chelsea, level, dtype):
    pixels = chelsea.astype(dtype) * (np.iinfo(dtype).max // 255) - chelsea[::-1]
    file = encoded(pixels, level=level)
    np.testing.assert_array_equal(tf.io.decode_png(file, dtype=dtype), pixels)
    if dtype == np.uint8:
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))), pixels)
    stored = len(encoded(pixels, level=0))
    assert pixels.nbytes < stored < pixels.nbytes + 1000
    assert level == 0 or len(file) < stored


def test_the_closest_neighbour_in_every_case():
    """Paeth's predictor as section 9.4 of the specification writes it, for all 2^24 triples."""
    left, up = np.indices((256, 256)).astype(np.uint8)
    a, b = left.astype(int), up.astype(int)
    for corner in range(256):
        p = a + b - corner
        pa, pb, pc = np.abs(p - a), np.abs(p - b), np.abs(p - corner)
        expected = np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, corner))
        np.testing.assert_array_equal(_paeth(left, up, np.full_like(left, corner)), expected)
