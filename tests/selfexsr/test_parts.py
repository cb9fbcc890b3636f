"""Each part of SelfExSR against a plain form: loops over pixels, in float64."""

import numpy as np
import pytest
from PIL import Image

from srgan_tf.data.degradation import downscale
from srgan_tf.selfexsr.back_projection import back_projected, blurring
from srgan_tf.selfexsr.patches import BITS, DARKEST, SPAN, Patches, View, source_levels
from srgan_tf.selfexsr.planes import Planes, facing, moved, product, shapes
from srgan_tf.selfexsr.pyramid import Scale, bands_of, resized, resizing
from srgan_tf.selfexsr.vote import add_votes, weight_sums

LEVEL = -1


@pytest.fixture(scope="module", params=[1, 3], ids=["grey", "colour"])
def bands(request, astronaut):
    """The bands of a small image, with a low band of the first level above it."""
    image = astronaut[40:61, 100:124, : request.param].astype(np.float32) / 255
    bands = bands_of(image, Scale(4))
    bands.put(bands.low, LEVEL, resized(image, bands.size(LEVEL)))
    unit = SPAN / (2**BITS - 1)
    bands.low[:] = np.rint((bands.low - DARKEST) / unit) * unit + DARKEST  # as it is looked up
    return bands


@pytest.fixture(scope="module")
def patches(bands):
    """Patches anywhere, at the borders too, with and without perspective."""
    random = np.random.default_rng(0)
    height, width = bands.size(LEVEL)
    count = 60
    at = random.integers(0, (width, height), (count, 2)).T
    at[:, :2] = [[0, width - 1], [0, height - 1]]
    position = random.uniform(0, (width - 1, height - 1), (count, 2)).T
    affine = random.uniform(1.3, 7) * np.eye(2).reshape(4, 1) + random.normal(0, 0.2, (4, count))
    tilt = random.uniform(-0.05, 0.05, (2, count)) * (np.arange(count) % 2)
    side = np.sqrt(affine[0] * affine[3] - affine[1] * affine[2])
    return Patches(
        at.astype(np.int32),
        position.astype(np.float32),
        np.concatenate([affine, tilt]).astype(np.float32),
        source_levels(bands, LEVEL, side),
    )


def bilinear(image, x, y):
    """Returns one value of each channel of (C, h, w), the outermost pixels repeated beyond the borders."""
    _, height, width = image.shape
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    left, top = int(x), int(y)
    right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
    upper = image[:, top, left] * (1 - x + left) + image[:, top, right] * (x - left)
    lower = image[:, bottom, left] * (1 - x + left) + image[:, bottom, right] * (x - left)
    return upper * (1 - y + top) + lower * (y - top)


def plain(bands, patches, i):
    """Returns the distance of one patch, and what it votes for, (25, C)."""
    level = int(patches.level[i]) + bands.top
    own_height, own_width = bands.size(LEVEL)
    height, width = bands.size(level)
    target = bands.image(bands.low, LEVEL).astype(np.float64)
    low, high = (bands.image(band, level).astype(np.float64) for band in (bands.low, bands.high))
    a, b, c, d, e, f = patches.shape[:, i].astype(np.float64)
    weights, errors, votes = [], [], []
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            weights.append(np.exp(-(dx**2 + dy**2) / 18))
            depth = 1 + e * dx + f * dy
            x = (patches.position[0, i] + (a * dx + b * dy) / depth + 0.5) * width / own_width - 0.5
            y = (patches.position[1, i] + (c * dx + d * dy) / depth + 0.5) * height / own_height - 0.5
            there = bilinear(target, patches.at[0, i] + dx, patches.at[1, i] + dy)
            errors.append(there - bilinear(low, x, y))
            votes.append(bilinear(high, x, y))
    weights = np.array(weights) / sum(weights)
    errors = np.array(errors)
    shift = np.clip(weights @ errors, -0.25, 0.25)
    distance = (weights @ (errors - shift) ** 2).sum() * 3 / errors.shape[1]
    return distance, np.array(votes) + shift


def test_distances_and_votes_of_patches(bands, patches):
    view = View(bands, LEVEL)
    distances, votes = zip(*(plain(bands, patches, i) for i in range(patches.at.shape[1])))
    np.testing.assert_allclose(view.distances(patches), distances, atol=2e-5)
    np.testing.assert_allclose(view.filled(patches), np.moveaxis(votes, 0, 2), atol=2e-4)


@pytest.mark.parametrize("difference", [0.1, -0.2, 0.5, -0.4])
def test_a_shift_of_the_mean_costs_nothing_up_to_a_quarter(difference):
    bands = bands_of(np.full((20, 20, 1), 0.5, np.float32), Scale(4))
    bands.put(bands.low, LEVEL, np.full((*bands.size(LEVEL), 1), 0.5 + difference, np.float32))
    in_place = np.float32([[2], [0], [0], [2], [0], [0]])
    patches = Patches(np.int32([[9], [9]]), np.float32([[9], [9]]), in_place, np.int32([-bands.top + 2]))
    expected = 3 * max(abs(difference) - 0.25, 0) ** 2
    assert View(bands, LEVEL).distances(patches)[0] == pytest.approx(expected, abs=2e-3)


def test_the_vote_is_a_weighted_mean_of_the_patches_around_a_pixel():
    height, width = 7, 6
    votes = np.random.default_rng(0).random((25, 2, height, width)).astype(np.float32)
    total = np.zeros((2, height + 4, width + 4), np.float32)
    add_votes(total, votes[:, :, :3], 0)
    add_votes(total, votes[:, :, 3:], 3)
    found = total[:, 2:-2, 2:-2] / weight_sums(height, width)
    for y in range(height):
        for x in range(width):
            values, weights = [], []
            for k in range(25):
                dy, dx = k // 5 - 2, k % 5 - 2
                if 0 <= y - dy < height and 0 <= x - dx < width:
                    values.append(votes[k, :, y - dy, x - dx])
                    weights.append(np.exp(-(dx**2 + dy**2) / 18))
            np.testing.assert_allclose(found[:, y, x], np.average(values, 0, weights), atol=1e-5)


def test_back_projection_by_loops(astronaut):
    low = astronaut[:8, :9].astype(np.float32) / 255
    image = resized(low, (16, 18)) + 0.05
    kernel = np.exp(-(np.mgrid[-2:3, -2:3] ** 2).sum(0))  # the square of a Gaussian, sigma 1
    kernel /= kernel.sum()
    difference = low.astype(np.float64) - resized(image, (8, 9))
    error = np.pad(resized(difference.astype(np.float32), (16, 18)), ((2, 2), (2, 2), (0, 0)), mode="edge")
    expected = image.astype(np.float64)
    for y in range(16):
        for x in range(18):
            expected[y, x] += np.einsum("yx,yxc->c", kernel, error[y : y + 5, x : x + 5])
    np.testing.assert_allclose(back_projected(image, low, 1), expected, atol=1e-5)


def test_back_projection_makes_an_image_agree_with_its_input(astronaut):
    low = astronaut[:20, :30].astype(np.float32) / 255
    image = back_projected(resized(low, (80, 120)) + 0.1, low)
    assert np.abs(resized(image, (20, 30)) - low).max() < 0.01
    assert blurring(9).toarray().sum(1) == pytest.approx(np.ones(9))


def test_resizing_is_that_of_matlab(astronaut):
    image = astronaut[:64, :96]
    found = np.clip(np.rint(resized(image.astype(np.float32), (16, 24))), 0, 255)
    assert np.abs(found - downscale(image, 4, "matlab")).max() <= 1  # float32, and other ties
    assert (found != downscale(image, 4, "matlab")).mean() < 0.01


def test_resizing_upwards_is_that_of_pillow_inside():
    row = np.random.default_rng(0).random(20).astype(np.float32)
    pillow = np.asarray(Image.fromarray(row[None]).resize((33, 1), Image.Resampling.BICUBIC))[0]
    np.testing.assert_allclose((resizing(20, 33) @ row)[5:-5], pillow[5:-5], atol=1e-5)


@pytest.mark.parametrize(("factor", "steps"), [(2, 3), (3, 5), (4, 6), (8, 9)])
def test_levels_end_at_the_factor(factor, steps):
    scale = Scale(factor)
    assert scale.steps == steps
    assert scale.size(31, 57, -steps) == (31 * factor, 57 * factor)
    assert scale.ratio == pytest.approx(2 ** (1 / 3), abs=0.02)
    assert (scale.lowest(8, 8), scale.lowest(100, 100)) == (5, 9)  # 8 pixels are 3 there, and 2 one below


def homography(line):
    return np.array([[1, 0, 0], [0, 1, 0], [*line, 1]])


def test_shapes_are_the_homographies_of_their_planes():
    random = np.random.default_rng(0)
    planes = Planes(np.float32([[0, 0], [2e-3, -1e-3], [-1e-3, 3e-3]]), np.zeros((3, 100, 100), np.float32))
    at = random.integers(20, 80, (2, 30)).astype(np.int32)
    position = random.uniform(20, 80, (2, 30)).astype(np.float32)
    affine = (2 * np.eye(2).reshape(4, 1) + random.normal(0, 0.1, (4, 30))).astype(np.float32)
    plane = np.arange(30) % 3
    shape, side = shapes(planes, plane, at, position, affine)
    for i in range(30):
        rectify = homography(planes.lines[plane[i]].astype(np.float64))

        def rectified(point, h=rectify):
            x, y, depth = h @ [*point, 1]
            return np.array([x, y]) / depth

        for d in ([2, 2], [-2, 1], [1e-3, 0], [0, 1e-3]):
            step = rectified(at[:, i] + d) - rectified(at[:, i])
            there = rectified(position[:, i]) + affine[:, i].reshape(2, 2) @ step
            back = np.linalg.inv(rectify) @ [*there, 1]
            expected = back[:2] / back[2] - position[:, i]
            np.testing.assert_allclose(moved(shape[:, i : i + 1], *d)[:, 0], expected, atol=1e-3)
        assert side[i] == pytest.approx(np.sqrt(np.linalg.det(shape[:4, i].reshape(2, 2))), abs=1e-4)


def test_the_plane_that_faces_the_camera_leaves_maps_as_they_are():
    affine = np.float32([[2, 3], [0, 0.5], [0, -0.25], [2, 1]])
    at, position = np.int32([[3, 4], [5, 6]]), np.float32([[1, 2], [3, 4]])
    shape, side = shapes(facing(9, 9), np.int8([0, 0]), at, position, affine)
    np.testing.assert_array_equal(shape, [*affine, [0, 0], [0, 0]])
    np.testing.assert_allclose(side, [2, np.sqrt(3.125)], rtol=1e-6)
    matrices = affine.T.reshape(2, 2, 2)
    np.testing.assert_allclose(product(affine, affine).T.reshape(2, 2, 2), matrices @ matrices)


def test_a_source_behind_the_horizon_is_none():
    planes = Planes(np.float32([[-0.1, 0]]), np.zeros((1, 40, 40), np.float32))
    affine = np.float32([[2], [0], [0], [2]])
    for x, y in ((2, 30), (30, 2)):
        _, side = shapes(planes, np.int8([0]), np.int32([[x], [5]]), np.float32([[y], [5]]), affine)
        assert side == 0
