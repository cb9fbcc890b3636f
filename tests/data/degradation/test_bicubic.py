import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from srgan_tf.data.degradation import crop_to_multiple, downscale, upscale_bicubic
from srgan_tf.errors import UsageError

SCALES = (2, 3, 4, 8)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def tensorflow_bicubic(image, apron, height, width):
    """TensorFlow's antialiased bicubic has MATLAB's kernel; a mirrored apron gives it MATLAB's border too."""
    padded = np.pad(image, ((apron, apron), (apron, apron), (0, 0)), "symmetric").astype(np.float32)
    cut = apron * height // image.shape[0]
    size = (height + 2 * cut, width + 2 * cut)
    return tf.image.resize(padded, size, "bicubic", antialias=True).numpy()[cut:-cut, cut:-cut]


def assert_rounded(result, values):
    """`result` is `values` rounded, either way within 1e-3 of a tie since float32 is not exact."""
    assert result.dtype == np.uint8
    assert result.shape == values.shape
    assert np.abs(result - np.clip(values, 0, 255)).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("scale", SCALES)
def test_matlab_downscaling_against_tensorflow(scale):
    hr = noise(13 * scale, 9 * scale)
    assert_rounded(downscale(hr, scale, "matlab"), tensorflow_bicubic(hr, 2 * scale, 13, 9))


@pytest.mark.parametrize("scale", SCALES)
def test_matlab_upscaling_against_tensorflow(scale):
    lr = noise(13, 9)
    assert_rounded(upscale_bicubic(lr, scale, "matlab"), tensorflow_bicubic(lr, 2, 13 * scale, 9 * scale))


def matlab_weights_matrix(length, scale, shrink):
    """MATLAB's `contributions` for one axis in plain float64, as a dense matrix."""
    n = length // scale if shrink else length * scale
    u = (np.arange(n) + 0.5) * (scale if shrink else 1 / scale) - 0.5
    width = 4 * scale if shrink else 4
    matrix = np.zeros((n, length))
    for i, centre in enumerate(u):
        taps = np.arange(np.floor(centre - width / 2), np.ceil(centre + width / 2) + 1)
        x = np.abs(taps - centre) / (scale if shrink else 1)
        k = np.where(x <= 1, 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2) * (x < 2)
        for tap, weight in zip(taps.astype(int), k / k.sum(), strict=True):
            mirrored = tap % (2 * length)
            matrix[i, min(mirrored, 2 * length - 1 - mirrored)] += weight
    return matrix


@pytest.mark.parametrize("scale", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("shrink", [True, False])
def test_matlab_against_float64_matrices(scale, shrink):
    # 2 LR pixels a side are fewer than the kernel's reach, so that it is mirrored more than once.
    image = noise(6 * scale, 2 * scale) if shrink else noise(6, 2)
    rows, columns = (matlab_weights_matrix(side, scale, shrink) for side in image.shape[:2])
    values = np.einsum("ih,hwc,jw->ijc", rows, image.astype(np.float64), columns)
    result = (downscale if shrink else upscale_bicubic)(image, scale, "matlab")
    assert np.abs(result - np.clip(values, 0, 255)).max() <= 0.5 + 1e-9


def test_matlab_rounds_ties_up():
    # Half black, half white: symmetric about the middle, where the mean is 127.5 exactly.
    image = np.zeros((12, 12, 3), np.uint8)
    image[:, 6:] = 255
    assert (downscale(image, 4, "matlab")[:, 1] == 128).all()


@pytest.mark.parametrize("scale", SCALES)
def test_pillow_is_pillow(scale):
    image = noise(11 * scale, 6 * scale)
    for result, size in (
        (downscale(image, scale, "pillow"), (6, 11)),
        (upscale_bicubic(image, scale, "pillow"), (6 * scale * scale, 11 * scale * scale)),
    ):
        expected = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(result, np.asarray(expected))


@pytest.mark.parametrize("method", ["matlab", "pillow"])
def test_flat_images_stay_as_they_are(method):
    for value in (0, 1, 128, 255):
        image = np.full((24, 16, 3), value, np.uint8)
        assert (downscale(image, 4, method) == value).all()
        assert (upscale_bicubic(image, 2, method) == value).all()


@pytest.mark.parametrize("method", ["matlab", "pillow"])
def test_one_channel(method):
    image = noise(16, 24)
    grey = downscale(image[..., :1], 4, method)
    np.testing.assert_array_equal(grey, downscale(image, 4, method)[..., :1])


def test_the_methods_differ_by_a_little():
    """Pillow rounds between its passes: some values differ by one inside, and more at the border."""
    image = noise(200, 200)
    difference = np.abs(downscale(image, 4, "matlab").astype(int) - downscale(image, 4, "pillow"))
    assert 0.05 < (difference[2:-2, 2:-2] > 0).mean() < 0.2
    assert difference[2:-2, 2:-2].max() == 1
    assert difference.max() > 1


def test_sides_must_be_multiples():
    with pytest.raises(UsageError, match="cannot downscale 30x16 by 4"):
        downscale(noise(16, 30), 4, "matlab")


@pytest.mark.parametrize("function", [downscale, upscale_bicubic])
def test_unknown_method(function):
    with pytest.raises(UsageError, match=r"unknown downscaling 'lanczos': expected one of matlab, pillow"):
        function(noise(8, 8), 2, "lanczos")


def test_crop_to_multiple():
    image = noise(11, 14)
    np.testing.assert_array_equal(crop_to_multiple(image, 4), image[:8, :12])
    np.testing.assert_array_equal(crop_to_multiple(image, 1), image)
