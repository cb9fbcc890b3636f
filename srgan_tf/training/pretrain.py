"""The train step of the first phase: SRResNet or a baseline on content loss alone (section 3.2)."""

import keras
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.training.objectives import ContentLoss, Teacher, pretrain_objective
from srgan_tf.training.optimizer import apply_gradients, optimizer


class Pretraining:
    """One generator, one loss, one optimizer. Make it in the strategy's scope.

    Args:
      generator: the network to train.
      content_loss: function (hr, sr) to a scalar.
      config: the run.
      teacher: function of LR to the images that take the place of HR; None for HR itself.
    """

    terms = ("loss", "content", "gradient_norm")
    """Names of the values that `train_step` returns."""

    def __init__(
        self,
        generator: keras.Model,
        content_loss: ContentLoss,
        config: RunConfig,
        teacher: Teacher | None = None,
    ) -> None:
        self.generator = generator
        self.generator_optimizer = optimizer(config, generator.trainable_variables)
        self._loss = pretrain_objective(config, generator, content_loss)
        self._teacher = teacher

    def checkpointed(self) -> dict[str, keras.Model | keras.optimizers.Optimizer]:
        """Returns what a checkpoint must hold to go on exactly."""
        return {"generator": self.generator, "generator_optimizer": self.generator_optimizer}

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Makes one update from one replica's share of a batch.

        Args:
          data: LR float32 (N, h, w, 3) in [0, 1] and HR float32 (N, H, W, 3) in [-1, 1].

        Returns:
          This replica's terms by name, float32 scalars.
        """
        lr, hr = data
        hr = self._teacher(lr) if self._teacher else hr
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        with tf.GradientTape() as tape:
            loss, content = self._loss(lr, hr, self.generator_optimizer.iterations)
            scaled = self.generator_optimizer.scale_loss(loss / replicas)
        variables = self.generator.trainable_variables
        norm = apply_gradients(self.generator_optimizer, tape.gradient(scaled, variables), variables)
        return {"loss": loss, "content": content, "gradient_norm": norm}
