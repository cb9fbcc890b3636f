from dataclasses import asdict

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.errors import UsageError
from srgan_tf.inference.compiled import prepared
from srgan_tf.inference.folded_layers import before_shuffle, folded_layers
from srgan_tf.inference.inference_graph import inference_graph
from srgan_tf.models.config import BaselineConfig, GeneratorConfig
from srgan_tf.models.layers import kernel_before_shuffle
from srgan_tf.models.networks import network
from tests.helpers import EVERY_KIND, TINY, random_generator


def batch(*shape):
    return np.random.default_rng(1).uniform(size=shape).astype(np.float32)


@pytest.mark.parametrize("for_tflite", [False, True])
@pytest.mark.parametrize("config", EVERY_KIND)
def test_the_values_are_the_generators(config, for_tflite):
    model = random_generator(config)
    lr = batch(2, 11, 13, 3)
    sr = inference_graph(model, for_tflite=for_tflite)(lr)
    assert sr.shape == (2, 11 * config.scale, 13 * config.scale, 3)
    np.testing.assert_allclose(sr, model(lr, training=False), atol=1e-5)


def test_a_network_as_drawn_gives_the_same_graph():
    fast, drawn = random_generator(fast=True), random_generator(fast=False)
    drawn.set_weights(fast.get_weights())
    lr = batch(1, 9, 10, 3)
    np.testing.assert_allclose(inference_graph(drawn)(lr), drawn(lr), atol=1e-5)
    np.testing.assert_array_equal(inference_graph(drawn)(lr), inference_graph(fast)(lr))


def test_slopes_above_one_are_computed_too():
    model = random_generator()
    model.get_layer("head_act").slope.assign(np.linspace(0.5, 1.5, TINY.filters))
    lr = batch(1, 8, 8, 3)
    np.testing.assert_allclose(inference_graph(model)(lr), model(lr), atol=1e-5)


def test_folding_equals_convolution_and_normalisation_in_float64():
    model, rng = random_generator(), np.random.default_rng(2)
    convolution, norm = model.get_layer("block1_conv1"), model.get_layer("block1_bn1")
    x = rng.normal(size=(3, 3, TINY.filters))  # one window
    kernel = convolution.get_weights()[0].astype(np.float64)
    gamma, beta, mean, variance = (np.asarray(w, np.float64) for w in norm.get_weights())
    y = np.einsum("rci,rcio->o", x, kernel)
    expected = (y - mean) / np.sqrt(variance + norm.epsilon) * gamma + beta
    layers = folded_layers(asdict(TINY), model.get_weights())
    found = np.einsum("rci,rcio->o", x, layers.kernels["block1_conv1"]) + layers.biases["block1_conv1"]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("size", "factor"), [(9, 2), (9, 3), (3, 2), (5, 3)])
def test_a_kernel_before_the_shuffle_is_the_layers(size, factor):
    kernel = np.random.default_rng(0).normal(size=(size, size, 4, 3)).astype(np.float32)
    np.testing.assert_array_equal(before_shuffle(kernel, factor), kernel_before_shuffle(kernel, factor))


def test_nothing_but_convolutions_activations_sums_and_shuffles_is_left():
    model = random_generator()
    graph = tf.function(inference_graph(model)).get_concrete_function(tf.TensorSpec((1, None, None, 3))).graph
    kinds = {op.type for op in graph.get_operations()}
    assert kinds <= {
        "Placeholder", "Const", "ReadVariableOp", "Identity", "Cast", "NoOp",
        "Conv2D", "BiasAdd", "Reshape", "Squeeze", "Mul", "Maximum", "Sub", "DepthToSpace",
    }  # fmt: skip
    convolutions = [op for op in graph.get_operations() if op.type == "Conv2D"]
    assert len(convolutions) == 1 + 2 * TINY.blocks + 1 + 2 + 1


def test_bfloat16_differs_by_rounding_only():
    model = random_generator()
    lr = batch(1, 12, 12, 3)
    sr, exact = inference_graph(model, bfloat16=True)(lr), model(lr)
    assert sr.dtype == tf.float32
    assert 0 < np.abs(sr - exact).max() < 0.1


def test_a_fixed_size_is_kept():
    assert inference_graph(random_generator(), size=(16, 24)).input_shape == (None, 16, 24, 3)


def test_a_baseline_is_refused_by_name():
    with pytest.raises(UsageError, match="SRResNet's shape; these weights are srcnn's"):
        inference_graph(network(BaselineConfig("srcnn")))


STRESS = """
import time
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import tensorflow as tf
from srgan_tf.inference.inference_graph import inference_graph
from srgan_tf.models.generator import GeneratorConfig
from tests.helpers import random_generator

network = inference_graph(random_generator(GeneratorConfig(4, 2, 8, "{activation}")))
spec = tf.TensorSpec((None, None, None, 3))
run = tf.function(lambda lr: network(lr, training=False)).get_concrete_function(spec)
sizes = np.random.default_rng(0).integers(20, 50, (700, 2))
with ThreadPoolExecutor(3) as pool:
    list(pool.map(lambda size: run(tf.zeros((1, *size, 3))), sizes))
print("alive")
"""


@pytest.mark.parametrize("activation", ["prelu", "leaky_relu"])
def test_overlapping_requests_of_different_sizes_do_not_crash(command, activation):
    # In a process of its own, since a crash would take the tests along.
    done = command("-c", STRESS.format(activation=activation))
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr[-500:]


def test_many_networks_in_a_process_bring_no_warning_of_tracing(caplog):
    lr = np.zeros((1, 5, 6, 3), np.float32)
    for seed in range(7):
        network = prepared(random_generator(GeneratorConfig(2, 1, 4), seed=seed))
        network.upsampler(network.body(lr))
    assert "retracing" not in caplog.text
