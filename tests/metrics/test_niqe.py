"""NIQE against a plain reading of the article, and against what it is for."""

import math

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy.io import savemat
from scipy.ndimage import gaussian_filter
from scipy.stats import gennorm, laplace, norm

from srgan_tf.data.degradation import downscale, upscale_bicubic
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.metrics.niqe import (
    FEATURES,
    NaturalModel,
    asymmetric_gaussian,
    block_features,
    default_model,
    fit,
    halved,
    load_model,
    niqe,
    normalized,
)
from srgan_tf.metrics.score import as_rgb
from tests.helpers import save


@pytest.fixture(scope="module")
def photographs():
    """Enough blocks of photographs to fit, and one left out."""
    from skimage import data

    fitted = [data.coffee(), data.rocket(), data.chelsea(), data.retina(), data.hubble_deep_field()]
    return fitted, data.astronaut()


@pytest.fixture(scope="module")
def model(photographs):
    return fit(photographs[0])


def test_normalized_values_are_those_of_scipys_gaussian_window():
    grey = np.random.default_rng(0).uniform(0, 255, (20, 23))
    # A window of 7 taps is one cut at 3 pixels; SciPy cuts at truncate * sigma.
    smooth = {"sigma": 7 / 6, "truncate": 3 / (7 / 6), "mode": "nearest"}
    mean = gaussian_filter(grey, **smooth)
    deviation = np.sqrt(np.abs(gaussian_filter(grey**2, **smooth) - mean**2))
    values, found = normalized(grey)
    np.testing.assert_allclose(values, (grey - mean) / (deviation + 1), atol=1e-9)
    np.testing.assert_allclose(found, deviation, atol=1e-9)


def test_half_size_is_matlabs_before_rounding():
    image = np.random.default_rng(0).integers(0, 256, (12, 18, 1)).astype(np.uint8)
    rounded = np.floor(halved(image[..., 0].astype(float)) + 0.5).clip(0, 255)
    np.testing.assert_array_equal(rounded, downscale(image, 2, "matlab")[..., 0])


@pytest.mark.parametrize(("distribution", "alpha"), [(norm, 2.0), (laplace, 1.0), (gennorm(0.6), 0.6)])
def test_the_shape_of_known_distributions_is_found(distribution, alpha):
    values = distribution.rvs(size=200_000, random_state=np.random.default_rng(0))
    found, left, right = asymmetric_gaussian(values)
    assert found == pytest.approx(alpha, rel=0.03)
    # beta of exp(-(|x|/beta)^alpha), as SciPy scales the three
    beta = math.sqrt(2) if alpha == 2 else 1.0
    assert left == pytest.approx(beta, rel=0.03)
    assert right == pytest.approx(beta, rel=0.03)


def test_both_widths_of_an_asymmetric_distribution_are_found():
    rng = np.random.default_rng(0)
    magnitude = np.abs(rng.normal(size=400_000))
    values = np.where(rng.uniform(size=magnitude.size) < 0.25, -magnitude, 3 * magnitude)
    alpha, left, right = asymmetric_gaussian(values)  # sides weigh as their widths: 1/4 to 3/4
    assert (alpha, left, right) == pytest.approx((2.0, math.sqrt(2), 3 * math.sqrt(2)), rel=0.03)


def test_features_are_those_of_whole_blocks(photographs):
    image = photographs[1]
    features, sharpness = block_features(image[:200, :300])
    assert features.shape == (2 * 3, FEATURES)
    np.testing.assert_array_equal(features, block_features(image[:192, :288])[0])
    assert np.isfinite(features).all()
    assert (sharpness > 0).all()
    # The middle of a block does not know its neighbours, so a block alone differs by its border only.
    alone, _ = block_features(image[:96, :96])
    np.testing.assert_allclose(alone[0], features[0], rtol=0.1, atol=0.05)


def test_the_figure_is_the_distance_of_the_two_gaussians(photographs):
    rng = np.random.default_rng(0)
    features, _ = block_features(photographs[1])
    basis = rng.normal(size=(FEATURES, 100))
    model = NaturalModel(rng.normal(size=FEATURES), np.cov(basis))
    middle = (model.covariance + np.cov(features.T)) / 2
    difference = model.mean - features.mean(axis=0)
    expected = math.sqrt(difference @ np.linalg.inv(middle) @ difference)
    assert niqe(photographs[1], model) == pytest.approx(expected, rel=1e-6)


def test_distortions_are_less_natural_than_the_photograph(model, photographs):
    photograph = photographs[1]
    noisy = photograph + np.random.default_rng(0).normal(0, 25, photograph.shape)
    noisy = noisy.clip(0, 255).astype(np.uint8)
    blurred = np.asarray(Image.fromarray(photograph).filter(ImageFilter.GaussianBlur(3)))
    blocks = photograph[::4, ::4].repeat(4, axis=0).repeat(4, axis=1)
    natural = niqe(photograph, model)
    for distorted in (noisy, blurred, blocks):
        assert niqe(distorted, model) > natural


def test_parameters_survive_both_kinds_of_files(tmp_path, command, model, photographs):
    for i, photograph in enumerate(photographs[0]):
        save(photograph, tmp_path / f"photographs/{i}.png")
    done = command(
        "-m", "srgan_tf.metrics.niqe", "fit", str(tmp_path / "photographs"), str(tmp_path / "p.npz")
    )
    assert done.returncode == 0, done.stderr
    fitted = load_model(tmp_path / "p.npz")
    np.testing.assert_allclose(fitted.mean, model.mean)
    np.testing.assert_allclose(fitted.covariance, model.covariance)
    savemat(tmp_path / "p.mat", {"mu_prisparam": model.mean[None], "cov_prisparam": model.covariance})
    matlab = load_model(tmp_path / "p.mat")
    np.testing.assert_array_equal(matlab.mean, model.mean)
    assert niqe(photographs[1], matlab) == niqe(photographs[1], model)


def test_the_packages_parameters_find_ground_truth_natural_and_bicubic_not(srgan_data):
    originals, bicubic = [], []
    for path in sorted((srgan_data / "benchmarks/Set14").glob("*.png")):
        hr = as_rgb(np.asarray(Image.open(path)))
        sr = upscale_bicubic(downscale(hr, 4, "pillow"), 4, "pillow")
        originals.append(niqe(hr[4:-4, 4:-4], default_model()))
        bicubic.append(niqe(sr[4:-4, 4:-4], default_model()))
    assert np.mean(originals) == pytest.approx(3.94, abs=0.005)
    assert np.mean(bicubic) == pytest.approx(7.29, abs=0.005)


def test_the_name_photographs_stands_for_the_packages_parameters():
    assert load_model("photographs") is default_model()


def test_what_holds_no_parameters_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.npz: no such file"):
        load_model(tmp_path / "absent.npz")
    (tmp_path / "text.mat").write_text("hello")
    with pytest.raises(UsageError, match=r"text\.mat: no NIQE parameters in it"):
        load_model(tmp_path / "text.mat")
    np.savez(tmp_path / "small.npz", mu_prisparam=np.zeros(3), cov_prisparam=np.eye(3))
    with pytest.raises(UsageError, match=r"expected 36 means .* \(3,\) and \(3, 3\)"):
        load_model(tmp_path / "small.npz")


def test_too_little_to_fit_or_to_measure_is_named(model):
    small = np.zeros((95, 300, 3), np.uint8)
    with pytest.raises(ValueError, match="at least 96x96, this one is 300x95"):
        niqe(small, model)
    with pytest.raises(WorkError, match="0 sharp blocks"):
        fit([])


def test_a_constant_image_has_no_figure(model):
    assert math.isnan(niqe(np.full((96, 192, 3), 100, np.uint8), model))
