"""Protocol `community` against plain NumPy, TensorFlow, and the figures of the authors' images."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from srgan_tf.metrics import community
from srgan_tf.metrics.score import Score

sides = st.integers(11, 48)
seeds = st.integers(0, 2**32 - 1)


def plain_luma(rgb: np.ndarray) -> np.ndarray:
    """Y of BT.601 by its definition."""
    return 16 + (rgb.astype(np.float64) * (65.481, 128.553, 24.966)).sum(-1) / 255


def plain_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """SSIM of Wang et al. (2004), window by window."""
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    found = []
    for y in range(a.shape[0] - 10):
        for x in range(a.shape[1] - 10):
            p, q = a[y : y + 11, x : x + 11], b[y : y + 11, x : x + 11]
            mean_p, mean_q = (window * p).sum(), (window * q).sum()
            variances = (window * ((p - mean_p) ** 2 + (q - mean_q) ** 2)).sum()
            covariance = (window * (p - mean_p) * (q - mean_q)).sum()
            luminance = (2 * mean_p * mean_q + 2.55**2) / (mean_p**2 + mean_q**2 + 2.55**2)
            found.append(luminance * (2 * covariance + 7.65**2) / (variances + 7.65**2))
    return float(np.mean(found))


@given(sides, sides, seeds)
@settings(max_examples=30, deadline=None)
def test_score_is_that_of_the_definitions(random_pair, height, width, seed):
    sr, hr = random_pair(height, width, seed)
    y_sr, y_hr = plain_luma(sr), plain_luma(hr)
    result = community.score(sr, hr, border=0)
    assert result.psnr == pytest.approx(10 * np.log10(255**2 / np.mean((y_sr - y_hr) ** 2)), abs=1e-9)
    assert result.ssim == pytest.approx(plain_ssim(y_sr, y_hr), abs=1e-9)


@pytest.mark.parametrize(("height", "width"), [(11, 11), (11, 30), (37, 24), (64, 51)])
def test_ssim_and_psnr_agree_with_tensorflow(random_pair, height, width):
    y_sr, y_hr = (community.luma(image) for image in random_pair(height, width, seed=height))
    a, b = (tf.constant(plane[..., np.newaxis], tf.float32) for plane in (y_sr, y_hr))
    assert community.ssim(y_sr, y_hr) == pytest.approx(float(tf.image.ssim(a, b, 255)), abs=1e-5)
    assert community.psnr(y_sr, y_hr) == pytest.approx(float(tf.image.psnr(a, b, 255)), abs=1e-4)


def test_luma_spans_the_studio_range():
    extremes = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255]]], np.uint8)
    y = community.luma(extremes)
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, [[16, 235, 81.481, 40.966]], atol=1e-9)


@given(sides, sides, seeds)
@settings(max_examples=10, deadline=None)
def test_identical_images_are_perfect(random_pair, height, width, seed):
    image, _ = random_pair(height, width, seed)
    assert community.score(image, image, border=0) == Score(psnr=math.inf, ssim=1.0)


@given(st.integers(0, 255), st.integers(0, 255))
@settings(max_examples=20, deadline=None)
def test_constant_images_differ_by_their_means_alone(level_sr, level_hr):
    sr, hr = (np.full((20, 17, 3), level, np.uint8) for level in (level_sr, level_hr))
    a, b = (16 + 219 / 255 * level for level in (level_sr, level_hr))
    result = community.score(sr, hr, border=2)
    c1 = 2.55**2
    assert result.ssim == pytest.approx((2 * a * b + c1) / (a * a + b * b + c1), abs=1e-9)
    assert result.psnr == (math.inf if a == b else pytest.approx(20 * math.log10(255 / abs(a - b))))


def test_what_is_too_small_for_the_window_is_named():
    image = np.zeros((18, 40, 3), np.uint8)
    with pytest.raises(ValueError, match="leaves 10x32 of the 18x40 images: at least 11x11"):
        community.score(image, image, border=4)


def test_planes_that_ssim_cannot_compare_are_named():
    with pytest.raises(ValueError, match="same dimensions"):
        community.ssim(np.zeros((12, 12)), np.zeros((12, 13)))


@pytest.mark.parametrize(("model", "psnr", "ssim"), [("SRResNet", 32.08, 0.8939), ("SRGAN", 29.43, 0.8356)])
def test_the_authors_images_on_set5(srgan_data, model, psnr, ssim):
    scores = []
    for path in sorted((srgan_data / "benchmarks/Set5").glob("*.png")):
        sr = Image.open(srgan_data / "paper_outputs/Set5" / model / path.name)
        scores.append(community.score(np.asarray(sr), np.asarray(Image.open(path)), border=4))
    assert len(scores) == 5
    assert round(np.mean([score.psnr for score in scores]), 2) == psnr
    assert round(np.mean([score.ssim for score in scores]), 4) == ssim
