"""The optimizer of a run: Adam, its learning rate over the steps, and loss scaling for float16."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.training.adam import Adam


@keras.saving.register_keras_serializable("srgan_tf")
class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """Raises the rate linearly from zero over the first steps of another schedule.

    Args:
      after: the schedule, evaluated at the step itself.
      steps: length of the rise.
    """

    def __init__(self, after: keras.optimizers.schedules.LearningRateSchedule, steps: int) -> None:
        self.after = after
        self.steps = steps

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """The rate at a step."""
        return self.after(step) * tf.minimum((tf.cast(step, tf.float32) + 1.0) / self.steps, 1.0)

    def get_config(self) -> dict:
        """Arguments that make an equal schedule."""
        return {"after": self.after, "steps": self.steps}


def learning_rate(config: RunConfig, rate: float) -> keras.optimizers.schedules.LearningRateSchedule:
    """The learning rate of each step, `rate` at its highest.

    "step" is the paper's second phase: a tenth of the rate from half of the steps on (section 3.2).
    """
    steps = config.steps
    if config.schedule == "step":
        schedule = keras.optimizers.schedules.PiecewiseConstantDecay([steps // 2 - 1], [rate, rate / 10])
    elif config.schedule == "cosine":
        schedule = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=1e-3)
    else:
        schedule = keras.optimizers.schedules.PiecewiseConstantDecay([steps], [rate, rate])
    return Warmup(schedule, config.warmup_steps) if config.warmup_steps else schedule


def optimizer(
    config: RunConfig, variables: Sequence[keras.Variable], rate: float | None = None
) -> keras.optimizers.Optimizer:
    """Adam with beta1 0.9 (section 3.2), built, so that checkpoints hold its state from the start.

    Args:
      config: learning rate, schedule and precision.
      variables: what it will update. Call this in the strategy's scope.
      rate: the highest learning rate; None: the config's.
    """
    made = Adam(learning_rate(config, rate or config.learning_rate), beta_1=0.9)
    if config.precision == "mixed_float16":
        made = keras.optimizers.LossScaleOptimizer(made)
    made.build(variables)
    return made


def global_norm(gradients: Sequence[tf.Tensor]) -> tf.Tensor:
    """Euclidean norm of all gradients together; not finite as soon as one of their values is not."""
    return tf.sqrt(tf.add_n([2.0 * tf.nn.l2_loss(tf.cast(g, tf.float32)) for g in gradients]))
