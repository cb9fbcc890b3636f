import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.inference.folded_layers import folded_layers
from srgan_tf.inference.inference_graph import inference_graph
from srgan_tf.inference.int8 import image_parts, int8_network
from srgan_tf.inference.network import network_from, network_of
from srgan_tf.inference.precisions import has_litert
from srgan_tf.inference.upscaler import upscale
from srgan_tf.models.config import BaselineConfig
from srgan_tf.models.networks import network, receptive_radius
from tests.helpers import EVERY_KIND, random_generator, tiny_generator

pytestmark = pytest.mark.skipif(not has_litert(), reason="int8 needs ai-edge-litert")


def layers_of(model):
    return folded_layers(vars(model.network_config), model.get_weights())


@pytest.mark.parametrize("config", EVERY_KIND)
def test_the_layers_are_those_of_the_inference_graph(config):
    model = random_generator(config)
    layers, graph = layers_of(model), inference_graph(model)
    for name, kernel in layers.kernels.items():
        expected = graph.get_layer(name).get_weights()
        # The graph subtracts the last convolution of a branch.
        branch = config.skip_connections and name.endswith(("_conv2", "trunk_conv", "direct_conv"))
        sign = -1 if branch else 1
        np.testing.assert_allclose(sign * kernel, expected[0], atol=1e-6)
        np.testing.assert_allclose(sign * layers.biases[name], expected[1], atol=1e-6)
    if config.activation == "prelu":
        for name, slopes in layers.slopes.items():
            np.testing.assert_allclose(slopes, graph.get_layer(name).slope, atol=1e-7)
    assert layers.radius == receptive_radius(model)


@pytest.mark.parametrize("config", EVERY_KIND)
@pytest.mark.parametrize("mirror", [True, False])
def test_int8_is_near_float32_and_its_tiles_equal_the_whole(chelsea, config, mirror):
    model = random_generator(config)
    lr = chelsea[:61, :70]
    exact = upscale(model, lr, mirror=mirror).astype(float)
    int8 = network_from(model, "int8")
    whole = upscale(int8, lr, mirror=mirror)
    assert exact.std() > 10
    assert 0 < np.sqrt(np.mean((whole - exact) ** 2)) < 0.1 * exact.std()
    np.testing.assert_array_equal(upscale(int8, lr, tile=17, mirror=mirror), whole)


def test_ranges_are_measured_on_parts_and_tiles_still_equal_the_whole(chelsea):
    lr = np.tile(chelsea, (2, 2, 1))
    lr[:128, :160] = lr[:128, :160] // 4 + 96  # little contrast beside much
    assert len(image_parts(*lr.shape[:2], lr)) > 1
    int8 = network_from(tiny_generator(), "int8")
    whole = upscale(int8, lr)
    np.testing.assert_array_equal(upscale(int8, lr, tile=50), whole)
    difference = upscale(tiny_generator(), lr).astype(float) - whole
    assert np.sqrt(np.mean(difference**2)) < 5


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (300, 2)])
def test_slivers_and_flat_images(size):
    lr = np.full((*size, 3), np.uint8([200, 30, 40]))
    sr = upscale(network_from(tiny_generator(), "int8"), lr).astype(int)
    assert np.abs(sr - upscale(tiny_generator(), lr)).max() <= 6


def test_sixteen_bits_and_grey(chelsea):
    lr, int8 = chelsea[:40, :50], network_from(tiny_generator(), "int8")
    sixteen = upscale(int8, lr.astype(np.uint16) * 257)
    assert len(np.unique(sixteen % 257)) > 200  # not eight bits written as sixteen
    assert np.sqrt(np.mean((sixteen / 257 - upscale(int8, lr)) ** 2)) < 5
    assert upscale(int8, lr[..., :1]).shape == (160, 200, 1)


def test_overlapping_calls_and_different_sizes_give_what_single_calls_give(chelsea):
    int8 = network_from(tiny_generator(), "int8")
    images = [chelsea[: 20 + 7 * i, : 90 - 9 * i] for i in range(6)]
    single = [upscale(int8, image) for image in images]
    start = threading.Barrier(3)

    def many(_):
        start.wait()
        return [upscale(int8, image) for image in images]

    with ThreadPoolExecutor(3) as pool:
        for results in pool.map(many, range(3)):
            for result, expected in zip(results, single, strict=True):
                np.testing.assert_array_equal(result, expected)


def test_a_baseline_has_no_int8_form():
    with pytest.raises(UsageError, match="srcnn is a baseline"):
        network_from(network(BaselineConfig("srcnn")), "int8")


def test_a_released_model_is_the_same_with_and_without_keras(chelsea):
    import srgan_tf

    lr = chelsea[:24, :24]
    with_keras = network_from(srgan_tf.load("srgan-mobile"), "int8")
    np.testing.assert_array_equal(
        upscale(network_of("srgan-mobile", precision="int8"), lr), upscale(with_keras, lr)
    )


def test_int8_network_needs_an_image_first():
    assert int8_network(layers_of(tiny_generator())).body is None
