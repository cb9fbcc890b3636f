"""Protocol `paper` against daala's own figures, the published tables, and SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.Image import Resampling
from scipy.ndimage import correlate
from scipy.signal import correlate2d
from scipy.stats import norm

from srgan_tf.metrics import paper
from srgan_tf.metrics.paper import ssim_map, window_sums
from srgan_tf.metrics.score import Score

half_sides = st.integers(1, 24)
sides = st.integers(4, 20)
seeds = st.integers(0, 2**32 - 1)
TAPS = np.array([0.1, 0.5, 0.3, 0.1])

# PSNR and SSIM by daala's tools, of the images that the paper's authors released.
AUTHORS_SET5 = {
    "SRResNet": {
        "baby": (33.6309, 0.924492),
        "bird": (34.9428, 0.946122),
        "butterfly": (28.3054, 0.912632),
        "head": (33.0875, 0.802753),
        "woman": (30.2901, 0.923333),
    },
    "SRGAN": {
        "baby": (30.4301, 0.864733),
        "bird": (31.9731, 0.905351),
        "butterfly": (25.7145, 0.855781),
        "head": (30.3985, 0.720418),
        "woman": (28.4624, 0.889734),
    },
}


def synthetic_planes(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:height, :width]
    a = np.clip(np.rint(128 + 60 * np.sin(x / 7) + 50 * np.cos((x + 2 * y) / 11)), 0, 255)
    b = np.clip(a + (3 * x + 5 * y) % 13 - 6, 0, 255)
    return a.astype(np.uint8), b.astype(np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "psnr", "ssim"),
    [
        (40, 56, 36.6698, 0.998720),
        (88, 64, 36.6696, 0.898731),
        (160, 240, 36.6694, 0.926693),
        (248, 220, 36.6695, 0.956398),
        (320, 480, 36.6695, 0.970908),
        (504, 504, 36.6695, 0.986478),
    ],
)
def test_planes_score_as_daala_scores_them(height, width, psnr, ssim):
    a, b = synthetic_planes(height, width)
    assert round(paper.psnr(a, b), 4) == psnr
    assert round(paper.ssim(a, b), 6) == ssim


@pytest.mark.parametrize(("height", "count"), [(40, 1), (46, 1), (47, 3), (248, 9), (320, 11), (504, 17)])
def test_the_window_grows_with_the_height(height, count):
    taps = paper.window_taps(height, width=1000)
    assert taps.size == count
    assert taps.sum() == 256
    np.testing.assert_array_equal(taps, taps[::-1])


def test_the_taps_are_rounded_256ths_of_the_normal_density():
    for height in range(47, 700):
        taps = paper.window_taps(height, width=1000)
        reach = taps.size // 2
        density = norm.pdf(np.arange(1, reach + 1), scale=1.5 * height / 256)
        np.testing.assert_array_equal(taps[reach + 1 :], np.floor(256 * density + 0.5))


def test_the_window_is_no_longer_than_the_plane():
    assert paper.window_taps(504, width=3).size == 5
    assert paper.window_taps(504, width=1).tolist() == [256]


@given(st.integers(1, 300), st.integers(1, 40), seeds)
@settings(max_examples=40, deadline=None)
def test_ssim_agrees_with_scipy_on_sides_odd_and_even(height, width, seed):
    a, b = np.random.default_rng(seed).integers(0, 256, (2, height, width)).astype(np.uint8)
    taps = paper.window_taps(height, width)
    window = np.outer(taps, taps)
    x, y = a.astype(float), b.astype(float)
    weight, *sums = (
        correlate(plane, window, mode="constant") for plane in (np.ones_like(x), x, y, x * x, y * y, x * y)
    )
    x, y, xx, yy, xy = (total / weight for total in sums)
    c1, c2 = 2.55**2, 7.65**2
    similarity = (
        (2 * x * y + c1) / (x**2 + y**2 + c1) * (2 * (xy - x * y) + c2) / (xx - x**2 + yy - y**2 + c2)
    )
    assert paper.ssim(a, b) == pytest.approx((weight * similarity).sum() / weight.sum(), abs=1e-9)


@given(half_sides, half_sides, seeds)
@settings(max_examples=15, deadline=None)
def test_identical_images_are_perfect(random_pair, half_height, half_width, seed):
    image, _ = random_pair(2 * half_height, 2 * half_width, seed)
    assert paper.score(image, image, border=0) == Score(psnr=math.inf, ssim=1.0)


@given(st.integers(0, 110), st.integers(145, 255))
@settings(max_examples=15, deadline=None)
def test_constant_images_differ_by_their_means_but_for_the_dither(dark, light):
    sr, hr = (np.full((48, 36, 3), level, np.uint8) for level in (dark, light))
    a, b = (16 + 219 / 255 * level for level in (dark, light))
    result = paper.score(sr, hr, border=2)
    assert result.psnr == pytest.approx(20 * math.log10(255 / (b - a)), abs=0.05)
    assert result.ssim == pytest.approx((2 * a * b + 2.55**2) / (a * a + b * b + 2.55**2), abs=0.002)


def test_sizes_that_cannot_be_scored_are_named():
    with pytest.raises(ValueError, match="SR is 20x24, HR is 24x20"):
        paper.score(np.zeros((20, 24, 3), np.uint8), np.zeros((24, 20, 3), np.uint8), 4)
    odd = np.zeros((21, 24, 3), np.uint8)
    with pytest.raises(ValueError, match="even sizes, the image is 13x16"):
        paper.score(odd, odd, border=4)
    with pytest.raises(ValueError, match=r"\(12, 12\) and \(12, 13\)"):
        paper.ssim(np.zeros((12, 12)), np.zeros((12, 13)))


@pytest.mark.parametrize(("model", "psnr", "ssim"), [("SRResNet", 32.05, 0.9019), ("SRGAN", 29.40, 0.8472)])
def test_the_authors_images_give_their_published_figures(srgan_data, model, psnr, ssim):
    scores = {}
    for name in AUTHORS_SET5[model]:
        sr = Image.open(srgan_data / f"paper_outputs/Set5/{model}/{name}.png")
        hr = Image.open(srgan_data / f"benchmarks/Set5/{name}.png")
        scores[name] = paper.score(np.asarray(sr), np.asarray(hr), border=4)
    assert {name: (round(s.psnr, 4), round(s.ssim, 6)) for name, s in scores.items()} == AUTHORS_SET5[model]
    assert round(np.mean([score.psnr for score in scores.values()]), 2) == psnr
    assert round(np.mean([score.ssim for score in scores.values()]), 4) == ssim


@pytest.mark.parametrize(
    ("method", "psnr", "ssim"),
    [(Resampling.NEAREST, 26.26, 0.7552), (Resampling.BICUBIC, 28.43, 0.8211)],
    ids=["nearest", "bicubic"],
)
def test_interpolation_gives_its_published_figures_on_set5(srgan_data, method, psnr, ssim):
    paths = sorted((srgan_data / "benchmarks/Set5").glob("*.png"))
    assert len(paths) == 5
    scores = []
    for path in paths:
        hr = Image.open(path)
        lr = hr.resize((hr.width // 4, hr.height // 4), Resampling.BICUBIC)
        scores.append(paper.score(np.asarray(lr.resize(hr.size, method)), np.asarray(hr), border=4))
    assert np.mean([score.psnr for score in scores]) == pytest.approx(psnr, abs=0.01)
    assert np.mean([score.ssim for score in scores]) == pytest.approx(ssim, abs=0.0002)


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
