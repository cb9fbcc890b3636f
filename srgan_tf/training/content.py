"""The content loss of a run, as one function of HR and SR pictures."""

from collections.abc import Callable

import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.losses import consistency_loss, feature_loss, grid_loss, mse_loss
from srgan_tf.models.baselines import luma
from srgan_tf.models.vgg import feature_extractor

ContentLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def content_loss(config: RunConfig) -> ContentLoss:
    """l_MSE (of Y for a baseline) or l_VGG/i.j by the config's name; VGG's weights are loaded here, once.

    Args:
      config: `model`, `scale`, `content_loss`, `vgg_weights`, `precision` and the weights of the terms
        beside VGG's are read.

    Returns:
      Function (hr, sr), both float32 (N, H, W, 3) in [-1, 1], to a scalar.

    Raises:
      UsageError: the VGG weights cannot be had.
    """
    if config.model != "srresnet":  # the baselines work on Y, and so do their losses
        return lambda hr, sr: mse_loss(luma(hr), luma(sr))
    if config.content_loss == "mse":
        return mse_loss
    features = feature_extractor(config.content_loss, config.vgg_weights, precision=config.precision)

    def vgg_loss(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
        loss = feature_loss(tf.stop_gradient(features(hr)), features(sr))
        if config.pixel_weight:
            loss += config.pixel_weight * mse_loss(hr, sr)
        if config.consistency_weight:
            loss += config.consistency_weight * consistency_loss(hr, sr, config.scale)
        if config.grid_weight:
            loss += config.grid_weight * grid_loss(hr, sr, config.scale)
        return loss

    return vgg_loss
