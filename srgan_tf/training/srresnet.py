"""The first phase: SRResNet, trained on content loss alone (section 3.2)."""

import keras
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.losses import total_variation_loss
from srgan_tf.training.content import ContentLoss
from srgan_tf.training.optimization import global_norm, optimizer
from srgan_tf.training.teacher import Teacher


class SRResNetTraining(keras.Model):
    """One generator, one loss, one optimizer. Make it in the strategy's scope.

    Args:
      generator: the network to train.
      content_loss: function (hr, sr) to a scalar.
      config: weights of the losses, learning rate, precision.
      teacher: whose picture takes the place of HR; None: nobody's.
    """

    terms = ("loss", "content", "gradient_norm")
    """What `train_step` reports."""

    def __init__(
        self,
        generator: keras.Model,
        content_loss: ContentLoss,
        config: RunConfig,
        teacher: Teacher | None = None,
    ) -> None:
        super().__init__(name="srresnet_training")
        self.generator = generator
        self.content_loss = content_loss
        self.teacher = teacher
        self.tv_weight = config.tv_weight
        self.generator_optimizer = optimizer(config, generator.trainable_variables)

    def checkpointed(self) -> dict[str, tf.Module | keras.Model | keras.optimizers.Optimizer]:
        """What a checkpoint must hold to go on exactly."""
        return {"generator": self.generator, "generator_optimizer": self.generator_optimizer}

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One update from one replica's share of a batch.

        Args:
          data: LR float32 (N, h, w, 3) in [0, 1] and HR float32 (N, H, W, 3) in [-1, 1].

        Returns:
          This replica's terms by name, float32 scalars.
        """
        lr, hr = data
        hr = self.teacher(lr) if self.teacher else hr
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        with tf.GradientTape() as tape:
            sr = self.generator(lr, training=True)
            content = self.content_loss(hr, sr)
            loss = content
            if self.tv_weight:
                loss += self.tv_weight * total_variation_loss(sr)
            scaled = self.generator_optimizer.scale_loss(loss / replicas)
        variables = self.generator.trainable_variables
        gradients = tape.gradient(scaled, variables)
        self.generator_optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return {"loss": loss, "content": content, "gradient_norm": global_norm(gradients)}
