"""The windowed sums and the formula of SSIM, against SciPy and by their properties."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d

from srgan_tf.metrics.ssim_map import ssim_map, window_sums

sides = st.integers(4, 20)
seeds = st.integers(0, 2**32 - 1)
TAPS = np.array([0.1, 0.5, 0.3, 0.1])


@given(sides, sides, seeds)
def test_window_sums_agree_with_scipy(height, width, seed):
    plane = np.random.default_rng(seed).uniform(0, 255, (height, width))
    expected = correlate2d(plane, np.outer(TAPS, TAPS), mode="valid")
    np.testing.assert_allclose(window_sums(plane, TAPS), expected, atol=1e-10)


@given(sides, sides, seeds)
def test_similarity_is_symmetric_bounded_and_perfect_for_the_same_plane(height, width, seed):
    a, b = np.random.default_rng(seed).uniform(0, 255, (2, height, width))
    similarity = ssim_map(a, b, TAPS)
    np.testing.assert_array_equal(similarity, ssim_map(b, a, TAPS))
    assert np.abs(similarity).max() < 1
    assert (ssim_map(a, a, TAPS) == 1).all()


def test_an_unnormalised_window_is_divided_by_its_weight():
    a, b = np.random.default_rng(0).uniform(0, 255, (2, 9, 12))
    np.testing.assert_allclose(ssim_map(a, b, 16 * TAPS, weight=256), ssim_map(a, b, TAPS), atol=1e-12)


def test_planes_of_opposite_structure_are_dissimilar():
    y, x = np.mgrid[:12, :12]
    a = 128 + 60 * (-1.0) ** (x + y)
    assert ssim_map(a, 256 - a, np.full(4, 0.25)).max() < -0.9
