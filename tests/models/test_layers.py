"""Every fast form against its plain form, values and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.models.layers import (
    ICNR,
    BatchNormalization,
    PReLU,
    ShuffledConv2D,
    kernel_before_shuffle,
    prelu,
    sub_pixel_shuffle,
)

RNG = np.random.default_rng(0)


def normal(*shape):
    return tf.constant(RNG.normal(size=shape), tf.float32)


def test_sub_pixel_shuffle_is_the_papers_rearrangement():
    x = RNG.normal(size=(2, 3, 5, 4 * 2))
    expected = np.zeros((2, 6, 10, 2))
    for y in range(6):
        for column in range(10):
            position = 2 * (y % 2) + column % 2
            expected[:, y, column] = x[:, y // 2, column // 2, 2 * position : 2 * position + 2]
    np.testing.assert_array_equal(sub_pixel_shuffle(tf.constant(x), 2), expected)


@pytest.mark.parametrize("factor", [2, 3])
def test_icnr_starts_as_nearest_neighbour_interpolation(factor):
    kernel = ICNR(factor, seed=1)((3, 3, 4, 8 * factor**2))
    x = normal(1, 6, 7, 4)
    shuffled = sub_pixel_shuffle(tf.nn.conv2d(x, kernel, 1, "SAME"), factor).numpy()
    nearest = shuffled[:, ::factor, ::factor].repeat(factor, 1).repeat(factor, 2)
    np.testing.assert_allclose(shuffled, nearest, atol=1e-6)
    assert np.std(shuffled) > 0.1


def test_icnr_rejects_channels_that_do_not_divide():
    with pytest.raises(ValueError, match="multiple of 4"):
        ICNR(2)((3, 3, 4, 6))


@pytest.mark.parametrize("copies", [1, 4])
def test_prelu_equals_its_plain_form_with_gradients(copies):
    layer = PReLU(copies)
    x = normal(2, 5, 6, 8)
    layer.build(x.shape)
    layer.slope.assign(RNG.normal(size=8 // copies))
    weight = normal(*x.shape)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        slope = layer.slope.value
        plain = prelu(x, tf.tile(slope, [copies]))
        fast = layer(x, training=True)
        plain_sum = tf.reduce_sum(weight * plain)
        fast_sum = tf.reduce_sum(weight * fast)
    np.testing.assert_array_equal(fast, plain)
    np.testing.assert_array_equal(layer(x, training=False), plain)
    for expected, got in zip(tape.gradient(plain_sum, [x, slope]), tape.gradient(fast_sum, [x, slope])):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("given", [tf.float32, tf.bfloat16])
def test_prelu_rounds_only_its_result(given):
    layer = PReLU(dtype="mixed_bfloat16")
    x = tf.cast(normal(2, 5, 6, 8), given)
    layer.build(x.shape)
    layer.slope.assign(RNG.normal(size=8))
    expected = tf.cast(prelu(tf.cast(x, tf.float32), layer.slope.value), tf.bfloat16)
    for training in (True, False):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
        np.testing.assert_array_equal(tf.cast(y, tf.float32), tf.cast(expected, tf.float32))
        assert (y.dtype, tape.gradient(y, x).dtype) == (tf.bfloat16, given)


def test_batch_normalization_equals_keras_with_gradients_and_statistics():
    fast = BatchNormalization(momentum=0.9)
    plain = keras.layers.BatchNormalization(momentum=0.9)
    x = 3.0 * normal(4, 5, 6, 8) + 2.0
    for layer in (fast, plain):
        layer.build(x.shape)
        layer.gamma.assign(np.linspace(0.5, 1.5, 8))
        layer.beta.assign(np.linspace(-1, 1, 8))
    weight = normal(*x.shape)
    results = []
    for layer in (plain, fast):
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(weight * layer(x, training=True))
        gradients = tape.gradient(total, [x, layer.gamma.value, layer.beta.value])
        results.append([total, *gradients, *layer.weights, layer(x, training=False)])
    for expected, got in zip(*results):
        np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_batch_normalization_of_half_precision_equals_keras_within_its_rounding(dtype):
    fast = BatchNormalization(momentum=0.9, dtype=dtype)
    plain = keras.layers.BatchNormalization(momentum=0.9, dtype=dtype)
    x = tf.cast(3.0 * normal(4, 5, 6, 8) + 2.0, fast.compute_dtype)
    results = []
    for layer in (plain, fast):
        layer.build(x.shape)
        y = layer(x, training=True)
        assert y.dtype == x.dtype
        results.append([tf.cast(y, tf.float32), *layer.non_trainable_variables])
    for expected, got in zip(*results):
        np.testing.assert_allclose(got, expected, atol=0.02)


@pytest.mark.parametrize(("factor", "size"), [(2, 9), (3, 9), (2, 3), (4, 5)])
def test_convolution_before_the_shuffle_equals_the_one_behind_it(factor, size):
    layer = ShuffledConv2D(3, size, factor)
    x = normal(2, 7, 6, 4 * factor**2)
    layer.build(x.shape)
    layer.bias.assign([0.1, -0.2, 0.3])
    weight = normal(2, 7 * factor, 6 * factor, 3)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        plain = tf.nn.conv2d(sub_pixel_shuffle(x, factor), layer.kernel.value, 1, "SAME") + layer.bias.value
        fast = layer(x)
        plain_sum = tf.reduce_sum(weight * plain)
        fast_sum = tf.reduce_sum(weight * fast)
    np.testing.assert_allclose(fast, plain, rtol=1e-5, atol=1e-5)
    variables = [x, layer.kernel.value, layer.bias.value]
    for expected, got in zip(tape.gradient(plain_sum, variables), tape.gradient(fast_sum, variables)):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_nine_by_nine_becomes_five_by_five():
    assert kernel_before_shuffle(normal(9, 9, 64, 3), 2).shape == (5, 5, 256, 12)
