"""The content loss of a run, as one function of HR and SR pictures."""

from collections.abc import Callable

import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.losses import feature_loss, mse_loss
from srgan_tf.models.baselines import luma
from srgan_tf.models.vgg import feature_extractor

ContentLoss = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


def content_loss(config: RunConfig) -> ContentLoss:
    """l_MSE (of Y for a baseline) or l_VGG/i.j by the config's name; VGG's weights are loaded here, once.

    Args:
      config: `model`, `content_loss`, `vgg_weights`, `pixel_weight`, `feature_shift`, `seed` and `precision`
        are read.

    Returns:
      Function (hr, sr, step) to a scalar: two pictures, float32 (N, H, W, 3) in [-1, 1], and the number of
      updates so far, int64.

    Raises:
      UsageError: the VGG weights cannot be had.
    """
    if config.model != "srresnet":  # the baselines work on Y, and so do their losses
        return lambda hr, sr, step: mse_loss(luma(hr), luma(sr))  # noqa: ARG005
    if config.content_loss == "mse":
        return lambda hr, sr, step: mse_loss(hr, sr)  # noqa: ARG005
    features = feature_extractor(config.content_loss, config.vgg_weights, precision=config.precision)

    def vgg_loss(hr: tf.Tensor, sr: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        of_pixels = config.pixel_weight * mse_loss(hr, sr) if config.pixel_weight else 0.0
        hr, sr = shifted((hr, sr), config.feature_shift, (config.seed, step))
        return of_pixels + feature_loss(tf.stop_gradient(features(hr)), features(sr))

    return vgg_loss


def shifted(
    pictures: tuple[tf.Tensor, ...], reach: int, seed: tuple[int, tf.Tensor]
) -> tuple[tf.Tensor, ...]:
    """The same window of several pictures, at a random place.

    A network with pooling sees a grid in the picture, and its gradient has that grid. At the same place in
    every step it adds up to a pattern in what the generator makes; at changing places it averages out.

    Args:
      pictures: float (N, H, W, C) each.
      reach: how many rows and columns the window is smaller by, and how many places it may have in each
        direction; 0 leaves the pictures as they are.
      seed: two integers that decide the place.

    Returns:
      (N, H - reach, W - reach, C) each.
    """
    if not reach:
        return pictures
    place = tf.random.stateless_uniform([2], [tf.cast(s, tf.int64) for s in seed], 0, reach, tf.int32)
    rows, columns = pictures[0].shape[1] - reach, pictures[0].shape[2] - reach
    begin = tf.stack([0, place[0], place[1], 0])
    return tuple(tf.slice(picture, begin, [-1, rows, columns, -1]) for picture in pictures)
