"""Resizing of parts against plain loops, Pillow and SciPy."""

import math

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from scipy.ndimage import map_coordinates

from srgan_tf.data.degradation import downscale
from srgan_tf.data.degradation.resizing import Part, resize_reach, resized
from srgan_tf.data.degradation.table import RESIZINGS

RATIOS = (0.15, 0.37, 0.8, 1 / 4, 1.0, 1.2, 1.5)


def keys(x):
    x = abs(x)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0


def weight(name, distance, ratio):
    """The weight of an old pixel `distance` old pixels from a new one that is `ratio` of them wide."""
    if name == "area":
        return max(0.0, min(distance + 0.5, ratio / 2) - max(distance - 0.5, -ratio / 2))
    if name == "bilinear":
        return max(0.0, 1 - abs(distance))
    return keys(distance / max(ratio, 1) if name == "antialiased" else distance)


def matrix(name, length, density):
    """Weights of a line of `length` pixels: for each new one, or None where one is outside the line."""
    ratio, rows = 1 / density, []
    for i in range(math.ceil(length * density) + 1):
        centre = (i + 0.5) * ratio - 0.5
        around = range(math.floor(centre - 3 * ratio - 3), math.ceil(centre + 3 * ratio + 3) + 1)
        radius = {"area": (1 + ratio) / 2, "bilinear": 1, "bicubic": 2, "antialiased": 2 * max(ratio, 1)}
        near = [j for j in around if abs(centre - j) < radius[name] - 1e-9]
        weights = {j: weight(name, centre - j, ratio) for j in near}
        inside = min(weights) >= 0 and max(weights) < length
        row = np.zeros(length)
        for j, value in weights.items():
            if inside:
                row[j] = value / sum(weights.values())
        rows.append(row if inside else None)
    return rows


def resized_by(name, image, density, first=(0, 0)):
    part = Part(tf.constant(image), tf.constant(first, tf.int64), tf.ones([], tf.float64))
    return resized(part, tf.constant(density, tf.float64), tf.constant(RESIZINGS.index(name)))


@pytest.mark.parametrize("name", RESIZINGS)
@pytest.mark.parametrize("density", RATIOS)
def test_against_plain_loops(name, density):
    image = np.random.default_rng(3).uniform(0, 255, (3, 61, 74))
    part = resized_by(name, image, density)
    top, left = part.first.numpy()
    height, width = part.pixels.shape[1:]
    rows = matrix(name, 61, density)[top : top + height]
    columns = matrix(name, 74, density)[left : left + width]
    expected = np.einsum("ih,chw,jw->cij", np.stack(rows), image, np.stack(columns))
    np.testing.assert_allclose(part.pixels, expected, rtol=1e-9, atol=1e-9)
    assert part.density.numpy() == density
    # Left out are at most the pixels of one old one on each side, though they depend on nothing outside.
    spare = math.ceil(density)
    for length, start, count in ((61, top, height), (74, left, width)):
        known = [i for i, row in enumerate(matrix(name, length, density)) if row is not None]
        assert known[0] <= start <= known[0] + spare
        assert known[-1] - spare <= start + count - 1 <= known[-1]


@pytest.mark.parametrize("name", RESIZINGS)
@pytest.mark.parametrize("density", [0.15, 0.37, 1.2])
def test_a_part_is_the_part_of_the_whole(name, density):
    image = np.random.default_rng(4).uniform(0, 255, (3, 90, 97))
    whole = resized_by(name, image, density)
    inner = resized_by(name, image[:, 17:83, 22:95], density, (17, 22))
    top, left = inner.first.numpy() - whole.first.numpy()
    height, width = inner.pixels.shape[1:]
    assert min(height, width) > 3
    np.testing.assert_allclose(
        inner.pixels, whole.pixels[:, top : top + height, left : left + width], atol=1e-9
    )


@pytest.mark.parametrize("name", RESIZINGS)
@pytest.mark.parametrize("density", RATIOS)
def test_the_reach_suffices(name, density):
    """With an apron of the reach around it a part keeps all of its pixels."""
    at = [tf.constant(value, tf.float64) for value in (1.0, density)]
    reach = math.ceil(resize_reach(*at, tf.constant(RESIZINGS.index(name))))
    side = 60
    part = resized_by(name, np.zeros((3, side + 2 * reach, side + 2 * reach)), density, (-reach, -reach))
    first, count = part.first.numpy(), part.pixels.shape[1]
    assert (first / density <= 0).all()
    assert ((first + count) / density >= side).all()


@pytest.mark.parametrize(
    ("name", "ratio", "kernel"),
    [
        ("antialiased", 4.07, Image.Resampling.BICUBIC),
        ("antialiased", 0.6, Image.Resampling.BICUBIC),
        ("bicubic", 0.6, Image.Resampling.BICUBIC),
        ("bilinear", 0.6, Image.Resampling.BILINEAR),
        ("area", 4, Image.Resampling.BOX),  # whole, where a box has the weights of overlaps
    ],
)
def test_against_pillow(name, ratio, kernel):
    image = np.random.default_rng(5).uniform(0, 255, (3, 62, 75))
    part = resized_by(name, image, 1 / ratio)
    size = [int(side / ratio) for side in (75, 62)]
    box = (0, 0, size[0] * ratio, size[1] * ratio)
    channels = [Image.fromarray(channel.astype(np.float32)) for channel in image]
    expected = np.stack([np.asarray(channel.resize(size, kernel, box)) for channel in channels])
    top, left = part.first.numpy()
    ours = part.pixels[:, : size[1] - top, : size[0] - left]
    assert ours.shape[1] > size[1] - 10
    expected = expected[:, top : top + ours.shape[1], left : left + ours.shape[2]]
    np.testing.assert_allclose(ours, expected, atol=2e-3)


def test_bilinear_against_scipy():
    """Also where an image shrinks: two pixels along an axis, however far they are apart."""
    image = np.random.default_rng(6).uniform(0, 255, (3, 40, 50))
    part = resized_by("bilinear", image, 0.3)
    rows, columns = (
        (part.first.numpy()[axis] + np.arange(part.pixels.shape[axis + 1]) + 0.5) / 0.3 - 0.5
        for axis in (0, 1)
    )
    places = np.meshgrid(rows, columns, indexing="ij")
    expected = [map_coordinates(channel, places, order=1) for channel in image]
    np.testing.assert_allclose(part.pixels, expected, atol=1e-9)


@pytest.mark.parametrize("scale", [2, 4])
def test_antialiased_is_the_papers_bicubic(scale):
    image = np.random.default_rng(7).integers(0, 256, (8 * scale, 10 * scale, 3), dtype=np.uint8)
    part = resized_by("antialiased", image.transpose(2, 0, 1).astype(np.float64), 1 / scale)
    top, left = part.first.numpy()
    height, width = part.pixels.shape[1:]
    expected = downscale(image, scale, "matlab")[top : top + height, left : left + width]
    assert height >= 4
    result = np.clip(np.floor(part.pixels.numpy() + 0.5), 0, 255).transpose(1, 2, 0)
    np.testing.assert_array_equal(result, expected)
