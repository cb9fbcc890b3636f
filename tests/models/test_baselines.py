"""SRCNN, ESPCN and DRCN against SciPy, MATLAB's bicubic, scikit-image's colours and their papers' sizes."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate
from skimage.color import rgb2ycbcr

from srgan_tf.data.degradation import upscale_bicubic
from srgan_tf.data.ranges import uint8_from_sr
from srgan_tf.models.baselines import BASELINES, espcn, srcnn
from srgan_tf.models.config import BaselineConfig, precision_named
from srgan_tf.models.drcn import RECURSIONS, drcn, with_recursions
from srgan_tf.models.luma import BicubicEnlargement, luma
from srgan_tf.models.networks import config_of, network
from srgan_tf.models.weights import load as load_generator
from srgan_tf.models.weights import save as save_generator


def image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def sizes(model):
    kernels = sum(int(np.prod(w.shape)) for w in model.weights if len(w.shape) > 1)
    return kernels, model.count_params() - kernels


def test_sizes_are_the_papers():
    assert sizes(srcnn()) == (57_184, 64 + 32 + 1)
    assert sizes(espcn(3)) == (1600 + 18_432 + 2592, 64 + 32 + 9)
    assert sizes(espcn()) == (1600 + 18_432 + 4608, 64 + 32 + 16)
    assert sizes(drcn()) == (1_774_080 + 16, 4 * 256 + 1)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(2, 3), (7, 5)])
def test_the_interpolation_is_matlabs_bicubic(scale, size):
    lr = image(*size)
    upscaled = BicubicEnlargement(scale)(lr[None].astype(np.float32))[0].numpy()
    rounded = np.clip(np.floor(upscaled + 0.5), 0, 255)
    difference = np.abs(rounded - upscale_bicubic(lr, scale, "matlab"))
    assert difference.max() <= 1  # a tie may fall either way in float32
    assert (difference > 0).mean() < 0.01


def test_luma_agrees_with_scikit_image():
    rgb = image(5, 6)
    np.testing.assert_allclose(255 * luma(rgb / 255)[..., 0], rgb2ycbcr(rgb)[..., 0], atol=1e-4)


@pytest.mark.parametrize("name", BASELINES)
def test_only_the_luma_is_the_networks_and_the_colours_are_bicubic(name):
    model = drcn(filters=4, recursions=2) if name == "drcn" else BASELINES[name](4)
    noise = np.random.default_rng(2)
    model.set_weights([w + noise.normal(0, 0.05, w.shape) for w in model.get_weights()])
    lr = image(6, 8, seed=1)
    sr = (model(lr[None] / np.float32(255))[0].numpy() + 1) / 2
    upscaled = BicubicEnlargement(4)(lr[None].astype(np.float32) / 255)[0].numpy()
    np.testing.assert_allclose(rgb2ycbcr(sr)[..., 1:], rgb2ycbcr(upscaled)[..., 1:], atol=1e-3)
    assert np.abs(rgb2ycbcr(sr)[..., 0] - rgb2ycbcr(upscaled)[..., 0]).max() > 1e-3


def convolved(x, kernel, bias):
    """Channels-last "valid" convolution as deep learning means it, by SciPy in float64."""
    outputs = [
        sum(correlate(x[..., i], kernel[..., i, o], mode="valid") for i in range(x.shape[-1]))
        for o in range(kernel.shape[-1])
    ]
    return np.stack(outputs, axis=-1) + bias


def padded(x, width, mode):
    return np.pad(x, [(width, width), (width, width), (0, 0)], mode=mode)


def test_srcnn_is_three_convolutions_of_bicubic_luma():
    keras.utils.set_random_seed(0)
    model = srcnn(2)
    weights = [np.random.default_rng(i).normal(0, 0.05, w.shape) for i, w in enumerate(model.get_weights())]
    model.set_weights(weights)
    rgb = BicubicEnlargement(2)(image(6, 7)[None].astype(np.float32) / 255)[0].numpy().astype(np.float64)
    y = rgb2ycbcr(rgb)[..., :1] / 255
    k1, b1, k2, b2, k3, b3 = weights
    x = padded(y - 0.5, 8, "symmetric")
    x = np.maximum(convolved(np.maximum(convolved(x, k1, b1), 0), k2, b2), 0)
    expected = convolved(x, k3, b3) + 0.5
    sr = (model(image(6, 7)[None] / np.float32(255))[0].numpy() + 1) / 2
    np.testing.assert_allclose(rgb2ycbcr(sr)[..., :1] / 255, expected, atol=1e-5)


def test_espcn_shuffles_what_it_computes_at_low_resolution():
    keras.utils.set_random_seed(0)
    model = espcn(2)
    weights = [np.random.default_rng(i).normal(0, 0.1, w.shape) for i, w in enumerate(model.get_weights())]
    model.set_weights(weights)
    k1, b1, k2, b2, k3, b3 = weights
    lr = image(6, 7) / 255
    x = rgb2ycbcr(lr)[..., :1] / 255
    x = np.maximum(convolved(padded(x - 0.5, 4, "symmetric"), k1, b1), 0)
    x = convolved(np.maximum(convolved(x, k2, b2), 0), k3, b3) + 0.5
    expected = np.empty((12, 14))
    for channel in range(4):
        expected[channel // 2 :: 2, channel % 2 :: 2] = x[..., channel]
    sr = (model(lr[None].astype(np.float32))[0].numpy() + 1) / 2
    np.testing.assert_allclose(rgb2ycbcr(sr)[..., 0] / 255, expected, atol=1e-5)


def test_drcn_applies_one_convolution_again_and_again_and_averages_the_predictions():
    keras.utils.set_random_seed(0)
    model = drcn(2, filters=4, recursions=3)
    values = {w.path: w.numpy().astype(np.float64) for w in model.weights}
    values["reconstruct2/kernel"] += np.random.default_rng(1).normal(0, 0.1, (3, 3, 4, 1))
    values["recursive/kernel"] += np.random.default_rng(0).normal(0, 0.1, (3, 3, 4, 4))
    values["ensemble/kernel"] = np.array([0.2, 0.3, 0.6]).reshape(1, 1, 3, 1)
    model.set_weights([values[w.path] for w in model.weights])

    def conv(x, name):
        return convolved(padded(x, 1, "constant"), values[f"{name}/kernel"], values[f"{name}/bias"])

    rgb = BicubicEnlargement(2)(image(5, 6)[None].astype(np.float32) / 255)[0].numpy().astype(np.float64)
    y = rgb2ycbcr(rgb)[..., :1] / 255
    x = np.maximum(conv(np.maximum(conv(y - 0.5, "embed1"), 0), "embed2"), 0)
    predictions = []
    for _ in range(3):
        x = np.maximum(conv(x, "recursive"), 0)
        predictions.append(y + conv(np.maximum(conv(x, "reconstruct1"), 0), "reconstruct2"))
    lr = image(5, 6)[None] / np.float32(255)
    every = keras.Model(model.input, model.get_layer(RECURSIONS).output)(lr)[0]
    np.testing.assert_allclose(every, np.concatenate(predictions, axis=-1), atol=1e-5)
    sr = (model(lr)[0].numpy() + 1) / 2
    expected = 0.2 * predictions[0] + 0.3 * predictions[1] + 0.6 * predictions[2]
    np.testing.assert_allclose(rgb2ycbcr(sr)[..., :1] / 255, expected, atol=1e-5)


def test_drcn_grows_by_further_recursions_of_the_same_convolutions():
    small = drcn(2, filters=4, recursions=2)
    rng = np.random.default_rng(0)
    small.set_weights([rng.normal(0, 0.2, w.shape) for w in small.weights])
    grown = with_recursions(small, 5)
    assert config_of(grown) == BaselineConfig("drcn", 2, 4, 5)
    lr = image(5, 6)[None] / np.float32(255)
    two, five = (
        keras.Model(model.input, model.get_layer(RECURSIONS).output)(lr).numpy() for model in (small, grown)
    )
    np.testing.assert_array_equal(five[..., :2], two)
    assert np.ptp(five[..., 1:], axis=-1).max() > 1e-3
    np.testing.assert_allclose(grown.get_layer("ensemble").get_weights()[0].ravel(), 1 / 5)


def test_a_drcn_with_as_many_recursions_keeps_the_sum_that_it_learned():
    model = drcn(2, filters=4, recursions=3)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.2, w.shape) for w in model.weights])
    for before, after in zip(model.get_weights(), with_recursions(model, 3).get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)


def test_the_recursive_convolution_starts_as_identity():
    model = drcn(filters=4, recursions=2)
    x = np.random.default_rng(0).uniform(size=(1, 5, 5, 4)).astype(np.float32)
    np.testing.assert_array_equal(model.get_layer("recursive")(x), x)


@pytest.mark.parametrize(
    "config", [BaselineConfig("srcnn", 2), BaselineConfig("espcn", 3), BaselineConfig("drcn", 4, 8, 3)]
)
def test_a_file_gives_back_the_same_network(tmp_path, config):
    model = network(config, precision=precision_named("mixed_bfloat16", accelerator=False))
    save_generator(model.get_weights(), config, tmp_path / "w.keras")
    loaded = load_generator(tmp_path / "w.keras")
    assert config_of(loaded) == config
    for a, b in zip(model.get_weights(), loaded.get_weights()):
        np.testing.assert_array_equal(a, b)
    lr = image(4, 5)[None] / np.float32(255)
    sr = loaded(lr)
    assert sr.shape == (1, 4 * config.scale, 5 * config.scale, 3)
    plain = network(config)
    plain.set_weights(model.get_weights())
    np.testing.assert_array_equal(sr, plain(lr))


def test_a_network_that_adds_nothing_gives_the_bicubic_image():
    model = drcn(filters=4, recursions=2)
    weights = {w.path: np.zeros(w.shape) if "reconstruct2" in w.path else w.numpy() for w in model.weights}
    model.set_weights([weights[w.path] for w in model.weights])
    lr = image(5, 4)
    sr = uint8_from_sr(model(lr[None] / np.float32(255))[0].numpy())
    difference = np.abs(sr.astype(int) - upscale_bicubic(lr, 4, "matlab"))
    assert difference.max() <= 1
