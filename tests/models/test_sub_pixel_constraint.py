"""The projection against its definition in float64 NumPy, and what it promises of images."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.layers import sub_pixel_shuffle
from srgan_tf.models.sub_pixel_constraint import EqualSubPixels, SmoothSubPixels, apply_constraints

RNG = np.random.default_rng(0)


def nearest(kernel, factor, order):
    """The nearest kernel by least squares over a basis of the subspace, built from its conditions."""
    size, _, inputs, filters = kernel.shape
    copies = factor**2
    d = (np.arange(factor) - (factor - 1) / 2) / factor
    u = np.arange(size) - size // 2
    conditions = []  # rows over (size, size, copies, D, M_row, M_column)
    for s in range(copies):
        here = np.zeros((copies,))
        here[s] = 1
        for tap, place, free in (
            (np.ones((size, size)), None, 0),
            (np.repeat(u[:, None], size, 1), d[s // factor], 1),
            (np.repeat(u[None], size, 0), d[s % factor], 2),
        ):
            if place is not None and order == 0:
                continue
            row = np.concatenate([(tap[..., None] * here).ravel(), np.zeros(3)])
            row[-3] = -1 if place is None else -place
            if place is not None:
                row[-3 + free] = -1
            conditions.append(row)
    *_, v = np.linalg.svd(np.array(conditions))
    rank = np.linalg.matrix_rank(np.array(conditions))
    basis = v[rank:, :-3].T  # kernels that fulfil the conditions with some D and M
    out = np.empty_like(kernel)
    split = kernel.reshape(size, size, inputs, copies, filters // copies)
    result = out.reshape(split.shape)
    for i in range(inputs):
        for o in range(filters // copies):
            given = split[:, :, i, :, o].ravel()
            result[:, :, i, :, o] = (basis @ np.linalg.lstsq(basis, given)[0]).reshape(size, size, copies)
    return out


@pytest.mark.parametrize(("factor", "order", "size"), [(2, 0, 3), (2, 1, 3), (3, 1, 3), (2, 1, 5)])
def test_projection_is_the_nearest_kernel_that_fulfils_the_conditions(factor, order, size):
    kernel = RNG.normal(size=(size, size, 2, 3 * factor**2))
    projected = SmoothSubPixels(factor, order)(tf.constant(kernel, tf.float32)).numpy()
    np.testing.assert_allclose(projected, nearest(kernel, factor, order), atol=2e-6)
    again = SmoothSubPixels(factor, order)(tf.constant(projected)).numpy()
    np.testing.assert_allclose(again, projected, atol=1e-6)


@pytest.mark.parametrize("factor", [2, 3])
def test_constant_and_linear_features_give_such_images(factor):
    kernel = SmoothSubPixels(factor, 1)(tf.constant(RNG.normal(size=(3, 3, 2, 3 * factor**2)), tf.float32))
    bias = EqualSubPixels(factor)(tf.constant(RNG.normal(size=3 * factor**2), tf.float32))
    rows, columns = np.mgrid[:8, :9].astype(np.float32)
    features = np.stack([2 + 0.5 * rows - 0.25 * columns, -1 + 0.1 * columns], axis=-1)[None]
    image = sub_pixel_shuffle(tf.nn.conv2d(features, kernel, 1, "VALID") + bias, factor).numpy()[0]
    assert np.abs(np.diff(image, axis=0)).max() > 0.01
    for axis in (0, 1):
        np.testing.assert_allclose(np.diff(image, 2, axis=axis), 0, atol=2e-5)
    flat = SmoothSubPixels(factor, 0)(tf.constant(RNG.normal(size=(3, 3, 2, 3 * factor**2)), tf.float32))
    constant = np.broadcast_to(np.float32([0.7, -2.0]), (1, 6, 6, 2))
    image = sub_pixel_shuffle(tf.nn.conv2d(constant, flat, 1, "VALID") + bias, factor).numpy()[0]
    np.testing.assert_allclose(image, np.broadcast_to(image[0, 0], image.shape), atol=2e-5)


def test_an_optimizer_keeps_to_it_and_a_mean_of_weights_too():
    keras.utils.set_random_seed(0)
    model = generator(GeneratorConfig(4, 2, 8), sub_pixel_constraint="linear")
    apply_constraints(model)
    before = model.get_weights()
    optimizer = keras.optimizers.Adam(1e-2)
    x = tf.constant(RNG.uniform(size=(1, 8, 8, 3)), tf.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - 0.3))
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    assert not np.array_equal(model.get_layer("up2_conv").kernel.numpy(), before[-5])
    model.set_weights([(a + b) / 2 for a, b in zip(before, model.get_weights())])
    for name in ("up1_conv", "up2_conv"):
        kernel = model.get_layer(name).kernel
        np.testing.assert_allclose(kernel, SmoothSubPixels(2, 1)(kernel.value), atol=1e-6)


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="order must be 0 or 1"):
        SmoothSubPixels(2, 2)
