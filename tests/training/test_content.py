"""The content loss as a run uses it."""

import dataclasses

import keras
import numpy as np

from srgan_tf.config import new_config
from srgan_tf.losses import consistency_loss, feature_loss, grid_loss
from srgan_tf.models.vgg import feature_extractor, vgg19_until
from srgan_tf.training.content import content_loss

PICTURE = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)


def test_the_loss_is_the_papers_and_what_is_asked_for_besides(tmp_path):
    keras.utils.set_random_seed(0)
    path = str(tmp_path / "features.keras")
    vgg19_until("block2_conv2", None).save(path)
    config = new_config(
        {"phase": "gan", "content_loss": "vgg22", "vgg_weights": path, "data": "x", "crop_size": 32}
    )
    features = feature_extractor("vgg22", path)
    hr, sr = PICTURE[:1], PICTURE[1:]
    expected = feature_loss(features(hr), features(sr))
    np.testing.assert_allclose(content_loss(config)(hr, sr), expected, rtol=1e-6)
    more = dataclasses.replace(config, scale=2, pixel_weight=2.0, grid_weight=3.0, consistency_weight=4.0)
    expected = (
        expected + 2 * np.mean((hr - sr) ** 2) + 3 * grid_loss(hr, sr, 2) + 4 * consistency_loss(hr, sr, 2)
    )
    np.testing.assert_allclose(content_loss(more)(hr, sr), expected, rtol=1e-5)
