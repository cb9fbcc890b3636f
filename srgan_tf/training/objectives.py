"""The losses that the generator of a run minimises, as functions of the config."""

from collections.abc import Callable

import keras
import tensorflow as tf

from srgan_tf import load
from srgan_tf.config import RunConfig
from srgan_tf.data.ranges import pixels_from_sr
from srgan_tf.errors import UsageError
from srgan_tf.losses import consistency_loss, feature_loss, grid_loss, mse_loss, total_variation_loss
from srgan_tf.models.config import Precision
from srgan_tf.models.drcn import RECURSIONS, some_predictions
from srgan_tf.models.luma import luma
from srgan_tf.models.networks import config_of, network
from srgan_tf.models.vgg import feature_extractor

View = Callable[[tf.Tensor], tf.Tensor]
"""The part of an image that the features see."""
ContentLoss = Callable[..., tf.Tensor]
"""Function (hr, sr) or (hr, sr, view), float32 (N, H, W, 3) in [-1, 1], to a scalar."""
Teacher = Callable[[tf.Tensor], tf.Tensor]
Objective = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

WEIGHT_DECAY = 1e-4
"""Of DRCN."""


def content_loss(config: RunConfig) -> ContentLoss:
    """Returns l_MSE (of Y for a baseline) or l_VGG/i.j with the terms that a run has beside it.

    VGG's weights are loaded here, once.

    Args:
      config: `model`, `scale`, `content_loss`, `vgg_weights`, `precision` and the weights of the terms are
        read.

    Returns:
      Function (hr, sr), both float32 (N, H, W, 3) in [-1, 1], to a scalar. The features see what `view`
      makes of both, the terms beside them see the whole.

    Raises:
      UsageError: the VGG weights cannot be had.
    """
    if config.model != "srresnet":  # the baselines work on Y, and so do their losses
        return lambda hr, sr: mse_loss(luma(hr), luma(sr))

    def main(hr: tf.Tensor, sr: tf.Tensor, view: View) -> tf.Tensor:  # noqa: ARG001
        return mse_loss(hr, sr)

    if config.content_loss != "mse":
        features = feature_extractor(config.content_loss, config.vgg_weights, precision=config.precision)

        def main(hr: tf.Tensor, sr: tf.Tensor, view: View) -> tf.Tensor:
            return feature_loss(tf.stop_gradient(features(view(hr))), features(view(sr)))

    def loss(hr: tf.Tensor, sr: tf.Tensor, view: View = tf.identity) -> tf.Tensor:
        value = main(hr, sr, view)
        if config.pixel_weight:
            value += config.pixel_weight * mse_loss(hr, sr)
        if config.consistency_weight:
            value += config.consistency_weight * consistency_loss(hr, sr, config.scale)
        if config.grid_weight:
            value += config.grid_weight * grid_loss(hr, sr, config.scale)
        return value

    return loss


def teacher(config: RunConfig, precision: Precision) -> Teacher | None:
    """Returns the model whose images a run learns, or None if it learns HR.

    The teacher's SR is a function of LR, so that squared error against it does not average over what HR might
    have been: a narrow network learns the texture without a discriminator. For classes the idea is Hinton,
    Vinyals and Dean's (arXiv 1503.02531).

    Args:
      config: `teacher` and `scale` are read.
      precision: numeric types of the teacher's layers.

    Returns:
      Function of LR (N, h, w, 3) in [0, 1] to SR float32 (N, H, W, 3) in [-1, 1], through which no gradient
      flows.

    Raises:
      UsageError: there is no such model, or it upscales by another factor.
    """
    if not config.teacher:
        return None
    model = load(config.teacher)
    found = config_of(model)
    if found.scale != config.scale:
        raise UsageError(
            f"--teacher={config.teacher} upscales by {found.scale}, and the run by --scale={config.scale}"
        )
    generator = network(found, precision=precision)
    generator.set_weights(model.get_weights())
    generator.trainable = False

    def images(lr: tf.Tensor) -> tf.Tensor:
        sr = tf.cast(generator(lr, training=False), tf.float32)
        return tf.stop_gradient(tf.clip_by_value(sr, -1.0, 1.0))

    return images


def pretrain_objective(config: RunConfig, generator: keras.Model, content: ContentLoss) -> Objective:
    """Returns the loss of the first phase.

    Args:
      config: `model`, `steps` and `tv_weight` are read.
      generator: the network to train.
      content: the content loss of the run.

    Returns:
      Function (lr, hr, done) to the loss and its content part, float32 scalars, where `done` is the number of
      updates so far. It passes the generator in training mode.
    """
    if config.model == "drcn":
        return _drcn_objective(config, generator, content)

    def loss(lr: tf.Tensor, hr: tf.Tensor, done: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:  # noqa: ARG001
        sr = generator(lr, training=True)
        value = content(hr, sr)
        if config.tv_weight:
            return value + config.tv_weight * total_variation_loss(sr), value
        return value, value

    return loss


def _drcn_objective(config: RunConfig, generator: keras.Model, content: ContentLoss) -> Objective:
    """Returns DRCN's loss: every recursion is supervised, more at first and less towards the end.

    Kim, Lee, Lee (CVPR 2016), where they describe training: alpha l1 + (1 - alpha) l2 + beta |theta|^2.
    l1 is the mean over the recursions of half the squared error of their predictions, l2 that of the
    ensemble; both are sums over a crop's Y in [0, 1] and means over crops. beta is 1e-4. alpha falls in a
    straight line from 1 to 0 over the run; the paper says that it decays, and leaves open along which line.

    With `--predictions` a step takes some of the recursions for all of them, both in l1 and in the ensemble:
    one of each of as many equal parts, so that all are drawn equally often in the mean.
    """
    every_prediction = keras.Model(
        generator.input, [generator.output, generator.get_layer(RECURSIONS).output]
    )

    def supervised(lr: tf.Tensor, done: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        if not config.predictions:
            return every_prediction(lr, training=True)
        return some_predictions(generator, lr, drawn_recursions(config, done))

    def loss(lr: tf.Tensor, hr: tf.Tensor, done: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        steps = tf.constant(config.steps, tf.float32)
        for at in sorted(map(int, config.lengths), reverse=True):  # the run grew there
            steps = tf.where(tf.cast(done, tf.int64) < at, float(config.lengths[str(at)]), steps)
        alpha = tf.maximum(1.0 - tf.cast(done, tf.float32) / steps, 0.0)
        sr, every = supervised(lr, done)
        y = _y(hr)
        of_recursions = _half_squared_error(y, every) / every.shape[-1]
        of_ensemble = _half_squared_error(y, _y(sr))
        decay = WEIGHT_DECAY * 2.0 * tf.add_n([tf.nn.l2_loss(v) for v in generator.trainable_variables])
        return alpha * of_recursions + (1.0 - alpha) * of_ensemble + decay, content(hr, sr)

    return loss


def drawn_recursions(config: RunConfig, done: tf.Tensor) -> tf.Tensor:
    """Returns the recursions whose predictions a step computes, a function of the seed and the step.

    Args:
      config: `seed`, `recursions` and `predictions` are read.
      done: number of updates so far.

    Returns:
      int32 (predictions,), rising. Over many steps every recursion comes equally often; one that lies in two
      parts, where the number of parts does not divide that of the recursions, may come twice in a step.
    """
    seed = tf.stack([config.seed, tf.cast(done, tf.int32)])
    within = tf.random.stateless_uniform((config.predictions,), seed)
    part = tf.range(config.predictions, dtype=tf.float32) + within
    return tf.minimum(tf.cast(part * config.recursions / config.predictions, tf.int32), config.recursions - 1)


def _y(image: tf.Tensor) -> tf.Tensor:
    return luma(pixels_from_sr(image) / 255.0)


def _half_squared_error(y: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    """Returns the sum over positions and predictions, mean over the batch."""
    return tf.reduce_mean(tf.reduce_sum(tf.square(y - predicted), axis=(1, 2, 3))) / 2.0
