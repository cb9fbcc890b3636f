"""A step and its batches under a strategy."""

from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.data.pipeline import batches
from srgan_tf.data.sources import Source
from srgan_tf.errors import UsageError
from srgan_tf.training.average import update_average
from srgan_tf.training.srgan import SRGANTraining
from srgan_tf.training.srresnet import SRResNetTraining


def make_step(
    config: RunConfig,
    training: SRResNetTraining | SRGANTraining,
    average: keras.Model,
    strategy: tf.distribute.Strategy,
) -> Callable[..., tf.Tensor]:
    """One step on every replica as one graph.

    Returns:
      Function (batch, done, stop) -> float32 vector: the mean of each term over the replicas, and a number
      above 0 if a worker was asked to stop. `done` is the number of updates so far; `stop` is 1.0 in a
      process that was asked, so that all workers learn of it in the same step.
    """
    replicas = strategy.num_replicas_in_sync
    train_step = training.train_step
    if uses_xla(config, replicas):
        train_step = tf.function(train_step, jit_compile=True)

    def replica_step(batch: tuple[tf.Tensor, tf.Tensor], stop: tf.Tensor) -> tf.Tensor:
        terms = train_step(batch)
        return tf.stack([*(terms[name] / replicas for name in training.terms), stop])

    @tf.function
    def step(batch: tuple[tf.Tensor, tf.Tensor], done: tf.Tensor, stop: tf.Tensor) -> tf.Tensor:
        values = strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(replica_step, (batch, stop)), None)
        update_average(average, training.generator, config.ema_decay, done, strategy)
        return values

    return step


def uses_xla(config: RunConfig, replicas: int) -> bool:
    """Whether the step is compiled as a whole.

    On a GPU it fuses what lies between the convolutions. On a CPU it would replace oneDNN's convolutions by
    slower ones. Several replicas exchange gradients inside the step, which XLA cannot compile here.

    Raises:
      UsageError: `--xla=on` with several replicas.
    """
    if config.xla == "on" and replicas > 1:
        raise UsageError(f"--xla=on: works on one device, and {replicas} are in use; leave it out")
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    return config.xla == "on" or (config.xla == "auto" and on_gpu and replicas == 1)


def distributed_batches(
    config: RunConfig, source: Source, start: int, strategy: tf.distribute.Strategy
) -> Iterator:
    """The batches from step `start` on, each process reading its own share of every global batch.

    Raises:
      WorkError: the batch cannot be shared out evenly.
    """
    if strategy.num_replicas_in_sync == 1:
        return iter(batches(source, config, start_step=start))

    def share(context: tf.distribute.InputContext) -> tf.data.Dataset:
        rows = config.batch_size // context.num_input_pipelines
        first = rows * context.input_pipeline_id
        split = context.num_replicas_in_sync // context.num_input_pipelines
        mine = slice(first, first + rows)
        return batches(source, config, start_step=start, replica_slice=mine, split=split)

    return iter(strategy.distribute_datasets_from_function(share))
