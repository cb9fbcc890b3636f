"""The statistics of noise against NumPy, and JPEG against Pillow's."""

import math

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.data.degradation.noise import gaussian_noise, jpeg, poisson_noise
from tests.helpers import encoded, opened, sample_image

SIDE = 160
SPREAD = 4 / math.sqrt(2 * SIDE * SIDE)
"""Four standard errors of a standard deviation, relative."""


def flat(*levels):
    """An image whose channels have these values."""
    return np.broadcast_to(np.reshape(np.array(levels, np.float64), (3, 1, 1)), (3, SIDE, SIDE))


def noise_of(function, image, level, grey, seed=(3, 1)):
    result = function(
        tf.constant(image),
        tf.constant(seed, tf.int64),
        tf.constant(level, tf.float64),
        tf.constant(grey),
    )
    return result.numpy() - image


@pytest.mark.parametrize("sigma", [1.0, 12.0, 25.0])
def test_gaussian_noise_has_its_deviation_in_each_channel(sigma):
    noise = noise_of(gaussian_noise, flat(120, 128, 135), sigma, False)
    for channel in noise:
        assert abs(channel.mean()) < 4 * sigma / SIDE
        assert channel.std() == pytest.approx(sigma, rel=SPREAD)
    correlation = np.corrcoef(noise.reshape(3, -1))
    assert np.abs(correlation - np.eye(3)).max() < 4 / SIDE
    neighbours = np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]
    assert abs(neighbours) < 4 / SIDE


def test_gaussian_noise_is_normal():
    noise = np.sort(noise_of(gaussian_noise, flat(128, 128, 128), 10.0, False).ravel()) / 10
    within = [np.mean(np.abs(noise) < limit) for limit in (1, 2, 3)]
    np.testing.assert_allclose(within, [math.erf(limit / math.sqrt(2)) for limit in (1, 2, 3)], atol=6e-3)


@pytest.mark.parametrize("function", [gaussian_noise, poisson_noise])
def test_grey_noise_is_the_same_in_the_channels(function):
    noise = noise_of(function, flat(90, 128, 150), 1.0, True)
    np.testing.assert_allclose(noise[1:], noise[:2], atol=1e-12)
    assert noise.std() > 0.5


@pytest.mark.parametrize("level", [20, 60, 128, 200])
@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_poisson_noise_has_the_mean_and_variance_of_counts(level, scale):
    """Photons are counted, 256 at white, by NumPy's own sampler."""
    noise = noise_of(poisson_noise, flat(level, level, level), scale, False)
    counts = np.random.default_rng(level).poisson(level / 255 * 256, (3, SIDE, SIDE))
    expected = scale * (counts * 255 / 256 - level)
    assert abs(noise.mean()) < 4 * expected.std() / SIDE
    assert noise.std() == pytest.approx(expected.std(), rel=SPREAD)
    assert noise.var() == pytest.approx(scale**2 * 255 * level / 256, rel=2 * SPREAD)


def test_poisson_noise_that_is_grey_is_that_of_the_luma():
    noise = noise_of(poisson_noise, flat(200, 80, 120), 1.0, True)
    luma = 0.299 * 200 + 0.587 * 80 + 0.114 * 120
    assert noise[0].std() == pytest.approx(math.sqrt(255 * luma / 256), rel=2 * SPREAD)


def test_black_has_no_poisson_noise():
    assert not noise_of(poisson_noise, flat(0, 0, 0), 3.0, False).any()


@pytest.mark.parametrize("function", [gaussian_noise, poisson_noise])
def test_noise_is_clipped_and_a_function_of_its_seed(function):
    image = flat(3, 128, 253)
    noise = noise_of(function, image, 8.0, False)
    assert (noise + image).min() == 0
    assert (noise + image).max() == 255
    np.testing.assert_array_equal(noise, noise_of(function, image, 8.0, False))
    assert (noise != noise_of(function, image, 8.0, False, seed=(3, 2))).mean() > 0.5


def photograph(height=80, width=104):
    return np.asarray(sample_image(height, width))


def jpeg_of(pixels, quality, offset=(0, 0)):
    result = jpeg(
        tf.constant(pixels.transpose(2, 0, 1), tf.float64),
        tf.constant(quality),
        tf.constant(offset),
    )
    return result.numpy().transpose(1, 2, 0)


def psnr(a, b):
    return 10 * math.log10(255**2 / max(np.mean((a.astype(np.float64) - b) ** 2), 1e-9))


@pytest.mark.parametrize("quality", [30, 60, 75, 95])
def test_jpeg_is_that_of_pillow_with_halved_chroma(quality):
    pixels = photograph()
    ours = jpeg_of(pixels, quality)
    theirs = {
        kind: opened(encoded(pixels, "JPEG", quality=quality, subsampling=kind))
        for kind in ("4:2:0", "4:4:4")
    }
    assert np.abs(ours - theirs["4:2:0"]).mean() < 0.1
    assert psnr(ours, theirs["4:2:0"]) > psnr(ours, theirs["4:4:4"]) + 6
    assert abs(psnr(ours, pixels) - psnr(theirs["4:2:0"], pixels)) < 0.1


def test_jpeg_rounds_first():
    pixels = photograph()
    np.testing.assert_array_equal(jpeg_of(pixels + 0.4, 80), jpeg_of(pixels - 0.4, 80))


@pytest.mark.parametrize("offset", [(0, 0), (3, 0), (5, 6)])
def test_the_block_grid_lies_where_the_offset_says(offset):
    """At a low quality values jump between blocks: the steps across rows and columns are largest there."""
    result = jpeg_of(photograph(), 5, offset).mean(axis=2)
    for axis in (0, 1):
        steps = np.abs(np.diff(result, axis=axis)).mean(axis=1 - axis)
        by_place = [steps[place::8].mean() for place in range(8)]
        assert (int(np.argmax(by_place)) + 1 + offset[axis]) % 8 == 0


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 9), (6, 6), (7, 3)])
def test_jpeg_of_images_smaller_than_a_block(height, width):
    pixels = photograph(height, width)
    for offset in ((0, 0), (7, 7), (4, 6)):
        result = jpeg_of(pixels, 95, offset)
        assert result.shape == pixels.shape
        assert np.abs(result - pixels).mean() < 12
