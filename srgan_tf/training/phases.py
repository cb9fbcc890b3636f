"""A train step for each phase: content loss alone, or generator and discriminator in turn."""

import keras
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.losses import fake_loss, generator_adversarial_loss, real_loss, total_variation_loss
from srgan_tf.models.generator import UPSAMPLING
from srgan_tf.training.objectives import ContentLoss, Teacher, View, pretrain_objective
from srgan_tf.training.optimizer import apply_gradients, optimizer


class Pretraining:
    """The first phase: SRResNet or a baseline on content loss alone (section 3.2).

    Make it in the strategy's scope.

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


class AdversarialTraining:
    """The second phase: generator and discriminator in turn (section 2.1, eq. 2 and 3).

    Make it in the strategy's scope.

    Args:
      generator: the network to train, started from SRResNet.
      discriminator: the network that tells HR from SR; it returns logits.
      content_loss: function (hr, sr) to a scalar.
      config: weights of the losses, learning rate, precision, how far the critics' window is shifted, and
        whether the upsampler is trained.
    """

    terms = (
        "loss",
        "content",
        "adversarial",
        "gradient_norm",
        "discriminator_loss",
        "discriminator_gradient_norm",
        "hr_probability",
        "sr_probability",
    )
    """Names of the values that `train_step` returns; probabilities are D's mean answers before its update."""

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        content_loss: ContentLoss,
        config: RunConfig,
    ) -> None:
        self.generator = generator
        self.discriminator = discriminator
        self.content_loss = content_loss
        self.adversarial_weight = config.adversarial_weight
        self.tv_weight = config.tv_weight
        self.critic_shift = config.critic_shift
        self.seed = config.seed
        self.trained = generator.trainable_variables
        if config.freeze_upsampling:
            body = [layer for layer in generator.layers if not layer.name.startswith(UPSAMPLING)]
            self.trained = [variable for layer in body for variable in layer.trainable_variables]
        self.generator_optimizer = optimizer(config, self.trained)
        self.discriminator_optimizer = optimizer(
            config, discriminator.trainable_variables, config.discriminator_learning_rate or None
        )

    def checkpointed(self) -> dict[str, keras.Model | keras.optimizers.Optimizer]:
        """Returns what a checkpoint must hold to go on exactly."""
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "generator_optimizer": self.generator_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
        }

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Updates D once and then G once (k = 1), from one generator pass.

        The generator's tape stays open over D's update, so the crops that D learned from are those that G
        is corrected by; D is asked again after its update, as alternation demands.

        Args:
          data: LR float32 (N, h, w, 3) in [0, 1] and HR float32 (N, H, W, 3) in [-1, 1].

        Returns:
          This replica's terms by name, float32 scalars.
        """
        lr, hr = data
        view = self.view()
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        with tf.GradientTape() as generator_tape:
            sr = self.generator(lr, training=True)
            with generator_tape.stop_recording():
                of_discriminator = self._update_discriminator(view(hr), view(sr), replicas)
            content = self.content_loss(hr, sr, view)
            adversarial = generator_adversarial_loss(self.discriminator(view(sr), training=True))
            loss = content + self.adversarial_weight * adversarial
            if self.tv_weight:
                loss += self.tv_weight * total_variation_loss(sr)
            scaled = self.generator_optimizer.scale_loss(loss / replicas)
        gradients = generator_tape.gradient(scaled, self.trained)
        norm = apply_gradients(self.generator_optimizer, gradients, self.trained)
        return {
            "loss": loss,
            "content": content,
            "adversarial": adversarial,
            "gradient_norm": norm,
            **of_discriminator,
        }

    def view(self) -> View:
        """Returns the window that the discriminator and the features see in this step.

        Both have strides, whose gradients are strongest at places that repeat with 2 to 16 pixels (Odena,
        Dumoulin and Olah, Distill 2016). Crops begin where an LR pixel begins, so without a shift these
        places are always the same sub-positions of the upsampler, which then learns them as a pattern.

        Returns:
          Function of (N, H, W, 3) to (N, H - shift, W - shift, 3), a function of the run's seed and the
          number of updates.
        """
        if not self.critic_shift:
            return tf.identity
        seed = tf.stack([self.seed, tf.cast(self.generator_optimizer.iterations, tf.int32)])
        top, left = tf.unstack(
            tf.random.stateless_uniform([2], seed, 0, self.critic_shift + 1, tf.int32, "philox")
        )

        def window(image: tf.Tensor) -> tf.Tensor:
            height, width = (side - self.critic_shift for side in image.shape[1:3])
            part = image[:, top : top + height, left : left + width]
            return tf.ensure_shape(part, (image.shape[0], height, width, 3))

        return window

    def _update_discriminator(self, hr: tf.Tensor, sr: tf.Tensor, replicas: int) -> dict[str, tf.Tensor]:
        """Updates D, which HR and SR pass separately: each kind has batch statistics of its own.

        Each pass has its own tape, so that the activations of one are gone before the other begins.
        """
        variables = self.discriminator.trainable_variables
        terms, both = [], []
        for crops, loss_of in ((hr, real_loss), (sr, fake_loss)):
            with tf.GradientTape() as tape:
                logits = self.discriminator(crops, training=True)
                loss = loss_of(logits)
                scaled = self.discriminator_optimizer.scale_loss(loss / replicas)
            both.append(tape.gradient(scaled, variables))
            terms.append((loss, tf.reduce_mean(tf.sigmoid(tf.cast(logits, tf.float32)))))
        gradients = [real + fake for real, fake in zip(*both, strict=True)]
        norm = apply_gradients(self.discriminator_optimizer, gradients, variables)
        (of_hr, hr_probability), (of_sr, sr_probability) = terms
        return {
            "discriminator_loss": of_hr + of_sr,
            "discriminator_gradient_norm": norm,
            "hr_probability": hr_probability,
            "sr_probability": sr_probability,
        }
