"""Distillation: a generator learns another one's pictures instead of the photographs."""

from collections.abc import Callable

import tensorflow as tf

from srgan_tf import load
from srgan_tf.config import RunConfig
from srgan_tf.errors import UsageError
from srgan_tf.models.config import Precision
from srgan_tf.models.networks import config_of, network

Teacher = Callable[[tf.Tensor], tf.Tensor]


def teacher(config: RunConfig, precision: Precision) -> Teacher | None:
    """The model whose pictures a run learns.

    SRGAN's picture is a function of LR, so that squared error against it does not average over what the
    photograph might have been: a narrow network learns the texture without a discriminator (Hinton, Vinyals,
    Dean, arXiv 1503.02531, have the idea for classes).

    Args:
      config: `teacher` and `scale` are read.
      precision: numeric types of the teacher's layers.

    Returns:
      Function of LR (N, h, w, 3) in [0, 1] to SR float32 (N, H, W, 3) in [-1, 1], through which no gradient
      flows; None if the run learns the photographs.

    Raises:
      UsageError: there is no such model, or it enlarges by another factor.
    """
    if not config.teacher:
        return None
    model = load(config.teacher)
    found = config_of(model)
    if found.scale != config.scale:
        raise UsageError(
            f"--teacher={config.teacher} enlarges by {found.scale}, and the run by --scale={config.scale}"
        )
    generator = network(found, precision=precision)
    generator.set_weights(model.get_weights())
    generator.trainable = False

    def pictures(lr: tf.Tensor) -> tf.Tensor:
        sr = tf.cast(generator(lr, training=False), tf.float32)
        return tf.stop_gradient(tf.clip_by_value(sr, -1.0, 1.0))

    return pictures
