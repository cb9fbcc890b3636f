"""The optimizer of a run: Adam, its learning rate over the steps, loss scaling for float16; and the EMA."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.models.interpolation import weighted


@keras.saving.register_keras_serializable("srgan_tf")
class Adam(keras.optimizers.Adam):
    """Keras' Adam with the update of each variable as one operation.

    Keras composes the update of about ten element-wise operations, each a pass over memory; the fused
    kernel makes one. State, schedule and scaling are Keras'. Epsilon stands where Kingma and
    Ba's section 2 puts it, as in Keras.
    """

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        """Updates one variable (called by Keras for every replica's copy)."""
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        beta_1 = tf.constant(self.beta_1, variable.dtype)
        beta_2 = tf.constant(self.beta_2, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(beta_1, step),
            beta2_power=tf.pow(beta_2, step),
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=tf.constant(self.epsilon, variable.dtype),
            grad=tf.cast(gradient, variable.dtype),
        )

    def _all_reduce_sum_gradients(self, grads_and_vars: list) -> list:
        """Leaves the gradients as they are: `apply_gradients` has summed them over the replicas."""
        return grads_and_vars


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
        """Returns the rate at a step."""
        return self.after(step) * tf.minimum((tf.cast(step, tf.float32) + 1.0) / self.steps, 1.0)

    def get_config(self) -> dict:
        """Returns the arguments that make an equal schedule."""
        return {"after": self.after, "steps": self.steps}


@keras.saving.register_keras_serializable("srgan_tf")
class Grown(keras.optimizers.schedules.LearningRateSchedule):
    """Follows one schedule up to a step, and then another.

    Args:
      before: the schedule of the steps below `at`.
      after: the schedule of those from `at` on.
      at: number of updates that were made when the run grew.
    """

    def __init__(
        self,
        before: keras.optimizers.schedules.LearningRateSchedule,
        after: keras.optimizers.schedules.LearningRateSchedule,
        at: int,
    ) -> None:
        self.before = before
        self.after = after
        self.at = at

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Returns the rate at a step."""
        return tf.where(tf.cast(step, tf.int64) < self.at, self.before(step), self.after(step))

    def get_config(self) -> dict:
        """Returns the arguments that make an equal schedule."""
        return {"before": self.before, "after": self.after, "at": self.at}


def planned_steps(config: RunConfig, done: int) -> int:
    """Returns the length that a run had when it made its update number `done` + 1."""
    earlier = sorted((int(at), steps) for at, steps in config.lengths.items())
    return next((steps for at, steps in earlier if done < at), config.steps)


def learning_rate(config: RunConfig, rate: float) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns the learning rate of each step, `rate` at its highest.

    "step" is the paper's second phase: a tenth of the rate from half of the steps on (section 3.2). A run
    that grew follows the schedule of its new length from there on.
    """
    schedule = _schedule(config, rate, config.steps)
    if config.schedule != "constant":
        for at in sorted(map(int, config.lengths), reverse=True):
            schedule = Grown(_schedule(config, rate, config.lengths[str(at)]), schedule, at)
    return schedule


def _schedule(config: RunConfig, rate: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
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
    """Returns Adam with beta1 0.9 (section 3.2), built, so that checkpoints hold its state from the start.

    Args:
      config: learning rate, schedule and precision.
      variables: those that it will update. Call this in the strategy's scope.
      rate: the highest learning rate; None: the config's.
    """
    made = Adam(learning_rate(config, rate or config.learning_rate), beta_1=0.9)
    if config.precision == "mixed_float16":
        made = keras.optimizers.LossScaleOptimizer(made)
    made.build(variables)
    return made


def apply_gradients(
    optimizer: keras.optimizers.Optimizer, gradients: Sequence[tf.Tensor], variables: Sequence[keras.Variable]
) -> tf.Tensor:
    """Updates variables by the sum of all replicas' gradients.

    Args:
      optimizer: one from `optimizer`.
      gradients: this replica's, of a loss divided by the number of replicas and scaled by `scale_loss`.
      variables: one for each gradient.

    Returns:
      float32 scalar: the Euclidean norm of the gradient that is applied, summed over the replicas and without
      loss scaling. It is not finite as soon as one value is not.
    """
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync > 1:
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, list(gradients))
    norm = global_norm(gradients)
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        norm /= tf.convert_to_tensor(optimizer.dynamic_scale)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))
    return norm


def global_norm(gradients: Sequence[tf.Tensor]) -> tf.Tensor:
    """Returns the Euclidean norm of all gradients together."""
    return tf.sqrt(tf.add_n([2.0 * tf.nn.l2_loss(tf.cast(g, tf.float32)) for g in gradients]))


@dataclass(frozen=True)
class Kept:
    """The generator that a run validates and keeps: the EMA, or it and the start interpolated.

    Attributes:
      ema: its weights.
      start: the generator before its first update, or None where it has no share.
      share: of the start, in [0, 1).
    """

    ema: keras.Model
    start: keras.Model | None = None
    share: float = 0.0

    def weights(self) -> list[np.ndarray]:
        """Returns the interpolated weights."""
        if self.start is None:
            return self.ema.get_weights()
        return weighted(self.start.get_weights(), self.ema.get_weights(), self.share)

    def checkpointed(self) -> dict[str, keras.Model]:
        """Returns what a checkpoint must hold of it."""
        start = {} if self.start is None else {"start": self.start}
        return {"average": self.ema, **start}  # the names in the files


def update_ema(
    ema: keras.Model,
    network: keras.Model,
    decay: float,
    step: tf.Tensor,
    strategy: tf.distribute.Strategy,
) -> None:
    """Moves every weight of `ema` towards that of `network`; call it in cross-replica context.

    Batch statistics are weights too: Keras' own `use_ema` leaves them out, and averaged weights with
    statistics that are not theirs make wrong images. The decay rises as (1 + step) / (10 + step) at first, so
    that the random start is forgotten.

    Args:
      ema: a network of the same weights.
      network: the network that is trained.
      decay: share of the old value that is kept, in [0, 1); 0 copies.
      step: number of updates before this one, an integer scalar.
      strategy: the devices that hold copies of both networks.
    """
    step = tf.cast(step, tf.float32)
    kept = tf.minimum(decay, (1.0 + step) / (10.0 + step))

    def move(old: tf.Variable, new: tf.Tensor) -> None:
        old.assign(kept * old + (1.0 - kept) * new)

    for old, new in zip(ema.weights, network.weights, strict=True):
        strategy.extended.update(old.value, move, args=(new.value,), group=False)
