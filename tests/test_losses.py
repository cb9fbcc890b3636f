"""Each loss against float64 NumPy."""

import numpy as np
import pytest

from srgan_tf import losses

RNG = np.random.default_rng(0)


def test_mse_loss():
    hr, sr = RNG.uniform(-1, 1, (2, 3, 5, 7, 3))
    assert float(losses.mse_loss(hr, sr)) == pytest.approx(np.mean((hr - sr) ** 2), rel=1e-6)


def test_feature_loss_has_the_papers_factor():
    a, b = RNG.uniform(0, 20, (2, 3, 4, 4, 16))
    assert float(losses.feature_loss(a, b)) == pytest.approx(0.00615148 * np.mean((a - b) ** 2), rel=1e-5)


def test_adversarial_losses():
    hr, sr = RNG.normal(0, 3, (2, 8, 1))
    d_hr, d_sr = 1 / (1 + np.exp(-hr)), 1 / (1 + np.exp(-sr))
    assert float(losses.generator_adversarial_loss(sr)) == pytest.approx(-np.mean(np.log(d_sr)), rel=1e-5)
    expected = -np.mean(np.log(d_hr)) - np.mean(np.log(1 - d_sr))
    assert float(losses.real_loss(hr) + losses.fake_loss(sr)) == pytest.approx(expected, rel=1e-5)


def test_adversarial_losses_of_sure_discriminators_stay_finite():
    far = np.full((2, 1), 500.0)
    assert float(losses.generator_adversarial_loss(-far)) == pytest.approx(500.0)
    assert float(losses.real_loss(-far)) == float(losses.fake_loss(far)) == pytest.approx(500.0)
    assert float(losses.real_loss(far)) == float(losses.fake_loss(-far)) == pytest.approx(0.0, abs=1e-12)


def test_total_variation_is_a_sum():
    sr = RNG.uniform(-1, 1, (2, 5, 6, 3))
    expected = (np.abs(np.diff(sr, axis=1)).sum() + np.abs(np.diff(sr, axis=2)).sum()) / 2
    assert float(losses.total_variation_loss(sr)) == pytest.approx(expected, rel=1e-5)


def test_grid_loss_is_the_error_that_repeats_with_the_lr_pixels():
    hr, sr = RNG.uniform(-1, 1, (2, 3, 32, 48, 3))
    expected = []
    for top in range(0, 32, 16):
        for left in range(0, 48, 16):
            error = (sr - hr)[:, top : top + 16, left : left + 16]
            pattern = np.stack([error[:, y::2, x::2].mean(axis=(1, 2)) for y in range(2) for x in range(2)])
            expected.append(np.mean((pattern - pattern.mean(axis=0)) ** 2))
    assert float(losses.grid_loss(hr, sr, 2)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_grid_loss_sees_a_checkerboard_and_no_offset():
    hr = RNG.uniform(-1, 1, (1, 32, 32, 3))
    checkerboard = np.indices((32, 32)).sum(axis=0)[None, :, :, None] % 2 * 0.2 - 0.1
    assert float(losses.grid_loss(hr, hr + checkerboard, 4)) == pytest.approx(0.01, rel=1e-4)
    assert float(losses.grid_loss(hr, hr + 0.1, 4)) == pytest.approx(0, abs=1e-10)


def test_consistency_loss_is_the_error_of_what_one_lr_pixel_stands_for():
    hr, sr = RNG.uniform(-1, 1, (2, 3, 8, 12, 3))
    expected = [
        np.mean((sr - hr)[:, y : y + 4, x : x + 4], axis=(1, 2)) ** 2
        for y in range(0, 8, 4)
        for x in range(0, 12, 4)
    ]
    assert float(losses.consistency_loss(hr, sr, 4)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_consistency_loss_sees_an_offset_and_no_texture():
    hr = RNG.uniform(-1, 1, (1, 16, 16, 3))
    texture = np.indices((16, 16)).sum(axis=0)[None, :, :, None] % 2 - 0.5
    assert float(losses.consistency_loss(hr, hr + texture, 4)) == pytest.approx(0, abs=1e-10)
    assert float(losses.consistency_loss(hr, hr + 0.1, 4)) == pytest.approx(0.01, rel=1e-4)


def test_half_precision_inputs_are_computed_in_float32():
    sr = np.full((1, 4, 4, 3), 0.5, np.float16)
    assert losses.mse_loss(sr, sr + np.float16(0.25)).dtype == "float32"
