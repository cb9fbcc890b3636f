import dataclasses

import keras
import numpy as np
import pytest

from srgan_tf.models.config import precision_named
from srgan_tf.models.generator import GeneratorConfig, generator
from tests.helpers import random_generator

TINY = GeneratorConfig(blocks=2, filters=8)


def by_hand(scale, blocks, filters):
    """Parameters counted from the paper's drawing; BN has four vectors, no bias stands before it."""
    head = 9 * 9 * 3 * filters + filters + filters
    trunk = blocks * (2 * 9 * filters**2 + 2 * 4 * filters + filters) + 9 * filters**2 + 4 * filters
    up = {2: [2], 3: [3], 4: [2, 2], 8: [2, 2, 2]}[scale]
    shuffles = sum(9 * filters * filters * f * f + filters * f * f + filters for f in up)
    return head + trunk + shuffles + 9 * 9 * filters * 3 + 3


def test_parameter_counts_of_the_papers_sizes():
    assert generator().count_params() == 1_552_771 == by_hand(4, 16, 64)
    assert generator(GeneratorConfig(scale=2)).count_params() == by_hand(2, 16, 64)
    assert generator(GeneratorConfig(blocks=5)).count_params() == by_hand(4, 5, 64)


def test_direct_upsampling_counted_by_hand_starts_as_nearest_neighbour_interpolation():
    config = GeneratorConfig(4, 10, 32, "leaky_relu", "direct")
    network = generator(config)
    trunk = 21 * (9 * 32**2 + 4 * 32)
    assert network.count_params() == 9 * 9 * 3 * 32 + 32 + trunk + 9 * 32 * 48 + 48
    lr = np.random.default_rng(0).uniform(size=(2, 7, 10, 3)).astype(np.float32)
    sr = network(lr, training=False).numpy()
    assert sr.shape == (2, 28, 40, 3)
    np.testing.assert_allclose(sr, 2 * lr.repeat(4, axis=1).repeat(4, axis=2) - 1, atol=1e-6)


@pytest.mark.parametrize("activation", ["prelu", "leaky_relu"])
@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_fast_form_equals_the_network_as_drawn(scale, activation):
    config = dataclasses.replace(TINY, scale=scale, activation=activation)
    fast, plain = generator(config), generator(config, fast=False)
    rng = np.random.default_rng(0)
    weights = [np.abs(w) + rng.uniform(0, 0.2, w.shape) if w.ndim == 1 else w for w in fast.get_weights()]
    fast.set_weights(weights)
    plain.set_weights(weights)
    lr = rng.uniform(size=(2, 7, 10, 3)).astype(np.float32)
    sr = fast(lr, training=False)
    assert sr.shape == (2, 7 * scale, 10 * scale, 3)
    np.testing.assert_allclose(sr, plain(lr, training=False), rtol=1e-5, atol=1e-5)


def test_without_skip_connections_the_layers_stand_in_a_row():
    network = random_generator(dataclasses.replace(TINY, skip_connections=False))
    with_skips = random_generator(TINY)
    assert [w.shape for w in network.get_weights()] == [w.shape for w in with_skips.get_weights()]
    lr = x = np.random.default_rng(0).uniform(size=(2, 7, 10, 3)).astype(np.float32)
    names = ["head_conv", "head_act"]
    names += [f"block{i}_{part}" for i in (1, 2) for part in ("conv1", "bn1", "act", "conv2", "bn2")]
    for name in [*names, "trunk_conv", "trunk_bn"]:
        x = network.get_layer(name)(x)
    upsampler = keras.Model(network.get_layer("trunk_bn").output, network.output)
    np.testing.assert_allclose(network(lr, training=False), upsampler(x), atol=1e-6)
    with_skips.set_weights(network.get_weights())
    assert np.abs(network(lr, training=False) - with_skips(lr, training=False)).max() > 0.1


def test_without_skip_connections_the_start_still_depends_on_its_input():
    network = generator(dataclasses.replace(TINY, skip_connections=False))
    lr = np.random.default_rng(0).uniform(size=(1, 8, 8, 3)).astype(np.float32)
    assert np.ptp(network(lr, training=True)) > 0.01


def test_direct_upsampling_keeps_its_skip():
    with pytest.raises(ValueError, match="skip_connections=False is for progressive"):
        GeneratorConfig(upsampling="direct", skip_connections=False)


def test_output_does_not_depend_on_what_else_is_in_the_batch():
    network = generator(TINY)
    lr = np.random.default_rng(1).uniform(size=(3, 8, 8, 3)).astype(np.float32)
    together = network(lr, training=False).numpy()
    np.testing.assert_allclose(network(lr[:1], training=False), together[:1], atol=1e-6)


def test_residual_branches_start_at_zero():
    network = generator(TINY)
    inner = keras.Model(
        network.input, [network.get_layer("head_act").output, network.get_layer("trunk_add").output]
    )
    head, trunk = inner(np.ones((1, 5, 5, 3), np.float32))
    np.testing.assert_array_equal(head, trunk)


def test_bfloat16_computes_convolutions_only_on_a_cpu():
    network = generator(TINY, precision=precision_named("mixed_bfloat16", accelerator=False))
    assert network.get_layer("block1_conv1").compute_dtype == "bfloat16"
    assert network.get_layer("block1_bn1").compute_dtype == "float32"
    assert network.output.dtype == "float32"
    lr = np.random.default_rng(2).uniform(size=(1, 8, 8, 3)).astype(np.float32)
    reference = generator(TINY)
    reference.set_weights(network.get_weights())
    np.testing.assert_allclose(network(lr), reference(lr), atol=0.02)


def test_unknown_precision_is_named():
    with pytest.raises(ValueError, match="Received: precision='bfloat16'"):
        precision_named("bfloat16", accelerator=False)


@pytest.mark.parametrize("name", ["mixed_bfloat16", "mixed_float16"])
def test_all_layers_of_an_accelerators_form_work_in_half_precision(name):
    network = generator(TINY, precision=precision_named(name, accelerator=True))
    assert network.get_layer("block1_bn1").compute_dtype == name.removeprefix("mixed_")
    reference = generator(TINY)
    reference.set_weights(network.get_weights())
    lr = np.random.default_rng(3).uniform(size=(2, 8, 8, 3)).astype(np.float32)
    sr = network(lr, training=True)
    assert sr.dtype == "float32"
    np.testing.assert_allclose(sr, reference(lr, training=True), atol=0.05)
