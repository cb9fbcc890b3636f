"""The content loss as a run uses it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.config import new_config
from srgan_tf.errors import UsageError
from srgan_tf.losses import feature_loss
from srgan_tf.models.vgg import feature_extractor, vgg19_until
from srgan_tf.training.content import content_loss, shifted

PICTURE = np.random.default_rng(0).uniform(-1, 1, (2, 24, 24, 3)).astype(np.float32)


def step(number: int) -> tf.Tensor:
    return tf.constant(number, tf.int64)


def test_pictures_are_cut_at_the_same_place_which_the_step_decides():
    places = set()
    for number in range(40):
        one, other = shifted((tf.constant(PICTURE), tf.constant(PICTURE + 1)), 4, (7, step(number)))
        assert one.shape == (2, 20, 20, 3)
        np.testing.assert_allclose(other - one, 1, rtol=1e-6)
        again, _ = shifted((tf.constant(PICTURE), tf.constant(PICTURE)), 4, (7, step(number)))
        np.testing.assert_array_equal(one, again)
        windows = [PICTURE[:, y : y + 20, x : x + 20] for y in range(4) for x in range(4)]
        places.add(next(i for i, window in enumerate(windows) if np.array_equal(window, one)))
    assert len(places) > 10, "nearly all of the 16 places in 40 steps"


def test_without_a_shift_the_loss_is_the_papers(tmp_path):
    keras.utils.set_random_seed(0)
    path = str(tmp_path / "features.keras")
    vgg19_until("block2_conv2", None).save(path)
    config = new_config(
        {"phase": "gan", "content_loss": "vgg22", "vgg_weights": path, "data": "x", "crop_size": 24}
    )
    features = feature_extractor("vgg22", path)
    hr, sr = PICTURE[:1], PICTURE[1:]
    expected = feature_loss(features(hr), features(sr))
    np.testing.assert_allclose(content_loss(config)(hr, sr, step(3)), expected, rtol=1e-6)


def test_a_shift_beyond_half_of_the_crop_is_refused():
    with pytest.raises(UsageError, match="--feature_shift=13: expected 0 to half of --crop_size=24"):
        new_config({"data": "x", "crop_size": 24, "feature_shift": 13})
