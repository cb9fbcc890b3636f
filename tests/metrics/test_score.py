"""The common part of both protocols: the form of the images, the crop, and PSNR."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from srgan_tf.metrics import community, paper
from srgan_tf.metrics.score import as_rgb, cropped_pair, psnr


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1)])
def test_a_single_channel_becomes_three_equal_ones(shape):
    grey = np.arange(15, dtype=np.uint8).reshape(shape)
    rgb = as_rgb(grey)
    assert rgb.shape == (3, 5, 3)
    assert rgb.dtype == np.uint8
    np.testing.assert_array_equal(np.moveaxis(rgb, -1, 0), [grey.reshape(3, 5)] * 3)


def test_rgb_is_left_as_it_is():
    rgb = np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3)
    np.testing.assert_array_equal(as_rgb(rgb), rgb)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 5))
def test_the_border_is_cut_from_each_side(height, width, border):
    hr = np.zeros((height + 2 * border, width + 2 * border, 3), np.uint8)
    hr[border : border + height, border : border + width] = 7
    sr_inside, hr_inside = cropped_pair(hr + 1, hr, border)
    assert hr_inside.shape == sr_inside.shape == (height, width, 3)
    assert (hr_inside == 7).all()
    assert (sr_inside == 8).all()


@pytest.mark.parametrize(
    ("sr_shape", "hr_shape", "border", "message"),
    [
        ((20, 24, 3), (24, 20, 3), 0, "SR is 20x24, HR is 24x20"),
        ((8, 40, 3), (8, 40, 3), 4, "leaves 0x32 of the 8x40 images: at least 1x1"),
        ((20, 20, 3), (20, 20, 3), -1, "border is -1 pixels"),
        ((20, 20, 4), (20, 20, 3), 0, r"this one is \(20, 20, 4\)"),
        ((1, 20, 20, 3), (1, 20, 20, 3), 0, r"this one is \(1, 20, 20, 3\)"),
    ],
)
def test_what_cannot_be_compared_is_named(sr_shape, hr_shape, border, message):
    with pytest.raises(ValueError, match=message):
        cropped_pair(np.zeros(sr_shape, np.uint8), np.zeros(hr_shape, np.uint8), border)


def test_only_8_bit_images_are_scored():
    with pytest.raises(ValueError, match="uint8, this one is float32"):
        cropped_pair(np.zeros((20, 20, 3), np.float32), np.zeros((20, 20, 3), np.uint8), 0)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_psnr_agrees_with_scikit_image(height, width, seed):
    a, b = np.random.default_rng(seed).integers(0, 256, (2, height, width)).astype(np.uint8)
    b[0, 0] = a[0, 0] ^ 128
    assert psnr(a, b) == pytest.approx(peak_signal_noise_ratio(a, b, data_range=255))
    assert psnr(a, a) == math.inf


@pytest.mark.parametrize("protocol", [paper, community])
def test_the_border_does_not_count(random_pair, protocol):
    sr, hr = random_pair(40, 34, seed=1)
    inside = protocol.score(sr[4:-4, 4:-4], hr[4:-4, 4:-4], border=0)
    sr[:4], sr[:, -4:] = 0, 255
    assert protocol.score(sr, hr, border=4) == inside


@pytest.mark.parametrize("protocol", [paper, community])
def test_a_single_channel_is_replicated(random_pair, protocol):
    sr, hr = (image[..., 0] for image in random_pair(24, 30, seed=2))
    expected = protocol.score(np.stack([sr] * 3, -1), np.stack([hr] * 3, -1), border=4)
    assert protocol.score(sr, hr[..., np.newaxis], border=4) == expected
