"""Kernels of blur and blurring against float64 NumPy and SciPy."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import convolve
from scipy.special import j1

from srgan_tf.data.degradation.kernels import blur_kernel, blurred, sinc_kernel
from srgan_tf.data.degradation.table import BLURS


def covariance_kernel(side, name, sigma, rotation, shape):
    """A kernel of one of `BLURS` by its definition: from the inverse of the covariance, pixel by pixel."""
    wide, high = sigma if "anisotropic" in name else (sigma[0], sigma[0])
    turn = np.array([[math.cos(rotation), -math.sin(rotation)], [math.sin(rotation), math.cos(rotation)]])
    inverse = np.linalg.inv(turn @ np.diag([wide**2, high**2]) @ turn.T)
    kernel = np.zeros((side, side))
    for i in range(side):
        for j in range(side):
            place = np.array([j - side // 2, i - side // 2])
            q = place @ inverse @ place
            if "plateau" in name:
                kernel[i, j] = 1 / (1 + q**shape)
            else:
                kernel[i, j] = math.exp(-(q ** (shape if "generalised" in name else 1)) / 2)
    return kernel / kernel.sum()


def ours(side, name, sigma, rotation, shape):
    given = (tf.constant(value, tf.float64) for value in (sigma, rotation, shape))
    return blur_kernel(tf.constant(side), tf.constant(BLURS.index(name)), *given).numpy()


@pytest.mark.parametrize("name", BLURS)
@pytest.mark.parametrize(
    ("side", "sigma", "rotation", "shape"),
    [
        (7, (0.2, 3.0), 0.0, 0.5),
        (15, (1.3, 2.9), 0.7, 4.0),
        (21, (3.0, 0.8), -2.6, 1.0),
        (9, (2.0, 1.1), math.pi, 1.7),
    ],
)
def test_gaussians_and_their_relatives(name, side, sigma, rotation, shape):
    kernel = ours(side, name, sigma, rotation, shape)
    expected = covariance_kernel(side, name, sigma, rotation, shape)
    np.testing.assert_allclose(kernel, expected, rtol=1e-9, atol=1e-15)
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], rtol=1e-9, atol=1e-15)


def test_the_rotation_turns_the_long_axis_from_the_columns_to_the_rows():
    flat, upright = (ours(21, "anisotropic", (3.0, 1.0), turn, 1.0) for turn in (0.0, math.pi / 2))
    columns, rows = flat.sum(axis=0), flat.sum(axis=1)
    place = np.arange(21) - 10
    assert np.sqrt(columns @ place**2) == pytest.approx(3, abs=0.05)
    assert np.sqrt(rows @ place**2) == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(upright, flat.T, atol=1e-12)


def test_relatives_with_the_exponent_one():
    """A generalised Gaussian is then a Gaussian."""
    for name in ("isotropic", "anisotropic"):
        given = (13, (1.5, 0.9), 0.4, 1.0)
        np.testing.assert_allclose(
            ours(given[0], f"generalised {name}", *given[1:]), ours(13, name, *given[1:])
        )


@pytest.mark.parametrize(("side", "cutoff"), [(7, math.pi / 3), (13, math.pi / 5), (21, 2.2), (9, math.pi)])
def test_sinc_against_scipys_bessel_function(side, cutoff):
    kernel = sinc_kernel(tf.constant(side), tf.constant(cutoff, tf.float64)).numpy()
    axis = np.arange(side) - side // 2
    r = np.hypot(axis[:, None], axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = cutoff * j1(cutoff * r) / (2 * np.pi * r)
    expected[side // 2, side // 2] = cutoff**2 / (4 * np.pi)
    np.testing.assert_allclose(kernel, expected / expected.sum(), atol=1e-10)
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
    assert kernel.min() < 0  # what leaves rings


def test_sinc_is_a_low_pass():
    """Waves below the cut-off stay, those above it go."""
    kernel = sinc_kernel(tf.constant(63), tf.constant(math.pi / 2, tf.float64)).numpy()
    place = np.arange(63) - 31
    response = [float((kernel * np.cos(w * place)).sum()) for w in (0.3, 1.0, 2.1, 2.8)]
    assert min(response[:2]) > 0.95
    assert max(map(abs, response[2:])) < 0.05


@pytest.mark.parametrize(("height", "width", "side"), [(24, 31, 7), (41, 40, 21), (21, 25, 21), (12, 9, 3)])
def test_blur_against_scipys_convolution(height, width, side):
    rng = np.random.default_rng(side)
    image, kernel = rng.uniform(0, 255, (3, height, width)), rng.uniform(-1, 1, (side, side))
    kernel /= kernel.sum()
    expected = [convolve(channel, kernel, mode="valid", method="direct") for channel in image]
    result = blurred(tf.constant(image), tf.constant(kernel)).numpy()
    assert result.shape == (3, height - side + 1, width - side + 1)
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())
