"""DRCN's own objective: every recursion is supervised, more at first and less towards the end."""

import keras
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.data.ranges import pixels_from_sr
from srgan_tf.models.baselines import RECURSIONS, luma
from srgan_tf.training.content import ContentLoss
from srgan_tf.training.optimization import global_norm
from srgan_tf.training.srresnet import SRResNetTraining
from srgan_tf.training.teacher import Teacher

WEIGHT_DECAY = 1e-4


class DRCNTraining(SRResNetTraining):
    """Kim, Lee, Lee (CVPR 2016), where they describe training: alpha l1 + (1 - alpha) l2 + beta |theta|^2.

    l1 is the mean over the recursions of half the squared error of their predictions, l2 that of the
    ensemble; both are sums over a crop's Y in [0, 1] and means over crops. beta is 1e-4. alpha falls in a
    straight line from 1 to 0 over the run; the paper says that it decays, and not how.

    Args:
      generator: `srgan_tf.models.baselines.drcn`.
      content_loss: of the ensemble; it is reported.
      config: learning rate, precision, and the run's length.
      teacher: whose picture takes the place of HR; None: nobody's.
    """

    def __init__(
        self,
        generator: keras.Model,
        content_loss: ContentLoss,
        config: RunConfig,
        teacher: Teacher | None = None,
    ) -> None:
        super().__init__(generator, content_loss, config, teacher)
        every = generator.get_layer(RECURSIONS).output
        self.supervised = keras.Model(generator.input, [generator.output, every])
        self.steps = config.steps

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One update from one replica's share of a batch; see `SRResNetTraining.train_step`."""
        lr, hr = data
        hr = self.teacher(lr) if self.teacher else hr
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        done = tf.cast(self.generator_optimizer.iterations, tf.float32)
        alpha = tf.maximum(1.0 - done / self.steps, 0.0)
        variables = self.generator.trainable_variables
        with tf.GradientTape() as tape:
            sr, every = self.supervised(lr, training=True)
            y = _y(hr)
            of_recursions = _half_squared_error(y, every) / every.shape[-1]
            of_ensemble = _half_squared_error(y, _y(sr))
            decay = WEIGHT_DECAY * 2.0 * tf.add_n([tf.nn.l2_loss(v) for v in variables])
            loss = alpha * of_recursions + (1.0 - alpha) * of_ensemble + decay
            scaled = self.generator_optimizer.scale_loss(loss / replicas)
        gradients = tape.gradient(scaled, variables)
        self.generator_optimizer.apply_gradients(zip(gradients, variables, strict=True))
        content = self.content_loss(hr, sr)
        return {"loss": loss, "content": content, "gradient_norm": global_norm(gradients)}


def _y(picture: tf.Tensor) -> tf.Tensor:
    return luma(pixels_from_sr(picture) / 255.0)


def _half_squared_error(y: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    """Summed over positions and predictions, mean over the batch."""
    return tf.reduce_mean(tf.reduce_sum(tf.square(y - predicted), axis=(1, 2, 3))) / 2.0
