"""The mean over the flips and rotations of an image."""

import tracemalloc

import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.inference.compiled import prepared
from srgan_tf.inference.self_ensemble import TURNS, averaged, mean_bytes, turned, turned_box
from srgan_tf.inference.tiling import Box
from srgan_tf.inference.upscaler import tile_for, upscale
from srgan_tf.models.generator import GeneratorConfig
from srgan_tf.models.networks import receptive_radius
from tests.helpers import random_generator, tiny_generator

SIDE = 16
"""Of the tiles: several in each direction."""
DIRECT = GeneratorConfig(4, 2, 8, "leaky_relu", "direct")


def deep(chelsea):
    """An image of 16 bits: rounded results of it show errors of a float32 sum and no larger ones."""
    rng = np.random.default_rng(0)
    return chelsea[:37, :45].astype(np.uint16) * 256 + rng.integers(0, 256, (37, 45, 3)).astype(np.uint16)


def whole_mean(model, lr, mirror):
    """The mean of eight results of whole images in float64, by NumPy's own flips and rotations."""
    radius = receptive_radius(model) if mirror else 0
    padded = np.pad(lr, ((radius, radius), (radius, radius), (0, 0)), "symmetric") / np.float64(65535)
    results = []
    for turns in range(4):
        for flipped in (False, True):
            seen = np.rot90(np.fliplr(padded) if flipped else padded, turns)
            sr = model(seen[None].astype(np.float32), training=False).numpy()[0].astype(np.float64)
            back = np.rot90(sr, -turns)
            results.append(np.fliplr(back) if flipped else back)
    edge = 4 * radius
    mean = np.mean(results, axis=0)[edge : edge + 4 * lr.shape[0], edge : edge + 4 * lr.shape[1]]
    return np.clip((mean + 1) * 32767.5, 0, 65535)


def test_the_turns_are_the_symmetries_of_a_square():
    image = np.arange(3 * 4).reshape(3, 4)
    expected = {np.rot90(i, k).tobytes() for i in (image, np.fliplr(image)) for k in range(4)}
    assert len(expected) == 8
    assert {turned(image, turn).tobytes() for turn in TURNS} == expected


@pytest.mark.parametrize("turn", TURNS)
def test_a_box_is_turned_with_its_image(turn):
    image = np.arange(5 * 8).reshape(5, 8)
    box = Box(1, 2, 3, 5)
    part = turned(image, turn)[turned_box(box, 5, 8, turn).slices]
    np.testing.assert_array_equal(part, turned(image[box.slices], turn))


@pytest.mark.parametrize("mirror", [True, False])
@pytest.mark.parametrize("config", [None, DIRECT])
def test_tiles_are_the_mean_of_eight_whole_results_before_rounding(chelsea, mirror, config):
    model = random_generator(config) if config else tiny_generator()
    lr = deep(chelsea)
    expected = whole_mean(model, lr, mirror)
    assert expected.std() > 2000
    result = upscale(model, lr, tile=SIDE, mirror=mirror, self_ensemble=True)
    assert np.abs(result - expected).max() < 1.5
    plain = upscale(model, lr, tile=SIDE, mirror=mirror)
    assert np.abs(plain - expected).max() > 500


@pytest.mark.parametrize("turn", TURNS[1:])
def test_an_image_that_is_turned_has_the_same_result_turned(chelsea, turn):
    model, lr = tiny_generator(), deep(chelsea)
    result = upscale(model, lr, self_ensemble=True).astype(int)
    other = upscale(model, turned(lr, turn), tile=SIDE, self_ensemble=True)
    assert np.abs(other - turned(result, turn)).max() <= 1
    assert np.abs(upscale(model, turned(lr, turn)) - turned(upscale(model, lr), turn).astype(int)).max() > 500


def test_grey_and_eight_bits(chelsea):
    model = tiny_generator()
    grey = chelsea[:20, :30, :1]
    rgb = upscale(model, np.repeat(grey, 3, axis=2).astype(np.uint16) * 257, self_ensemble=True)
    result = upscale(model, grey, tile=SIDE, self_ensemble=True)
    assert result.shape == (80, 120, 1)
    inside = (rgb > 0).all(axis=2) & (rgb < 65535).all(axis=2)  # of three channels none was clipped
    assert inside.mean() > 0.5
    np.testing.assert_allclose(result[inside, 0], rgb[inside].mean(axis=1) / 257, atol=0.51)


def test_the_mean_is_part_of_the_memory_bound():
    network = prepared(tiny_generator())

    def side(memory, self_ensemble):
        return tile_for(network, 3000, 3000, memory, mirror=True, self_ensemble=self_ensemble)

    bounds = range(200 * 10**6, 900 * 10**6, 10**6)
    plain = next(memory for memory in bounds if side(memory, False) == 768)
    with_mean = next(memory for memory in bounds if side(memory, True) == 768)
    assert abs(with_mean - plain - mean_bytes(768, 768, 4)) <= 10**6
    with pytest.raises(UsageError, match="--max_memory"):
        side(10**8, True)


def test_only_the_mean_is_held():
    def pieces(lr, kept):
        for top in range(kept.height):
            yield Box(top, 0, 1, kept.width), np.full((4, 4 * kept.width, 3), 0.5, np.float32)

    lr = np.zeros((300, 200, 3), np.float32)
    tracemalloc.start()
    mean = averaged(pieces, lr, Box(0, 0, 300, 200), 4)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(mean, 0.5)
    assert mean.nbytes == mean_bytes(300, 200, 4) <= peak < 1.1 * mean.nbytes
