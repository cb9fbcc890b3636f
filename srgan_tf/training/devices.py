"""The devices of a run, one, all GPUs of a machine or several machines, and its steps on them."""

import json
import os
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.data.pipeline import batches
from srgan_tf.data.sources import Source
from srgan_tf.errors import UsageError
from srgan_tf.training.optimizer import update_ema
from srgan_tf.training.phases import AdversarialTraining, Pretraining

Training = Pretraining | AdversarialTraining


def strategy_named(name: str) -> tf.distribute.Strategy:
    """Returns the strategy of `--strategy`; call it before anything else of TensorFlow runs.

    Args:
      name: "mirrored", "multi_worker" or "auto": several machines where TF_CONFIG names them, else every
        GPU of this machine, else the one device there is.

    Raises:
      UsageError: multi_worker without a TF_CONFIG that can be read.
    """
    text = os.environ.get("TF_CONFIG", "")
    if name == "multi_worker" and not text:
        raise UsageError(
            "--strategy=multi_worker: TF_CONFIG is not set; give every machine its own (docs/training.md)"
        )
    if name != "mirrored" and text:
        try:
            cluster, task = json.loads(text)["cluster"], json.loads(text)["task"]
            if task["type"] not in ("chief", "worker"):
                raise ValueError(f"a task of type {task['type']} does not train")
            cluster[task["type"]][int(task["index"])]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise UsageError(
                "TF_CONFIG: expected {'cluster': {'worker': [host:port, ...]}, 'task': {'type': 'worker', "
                f"'index': i}}}} ({type(error).__name__}: {error})"
            ) from error
        return tf.distribute.MultiWorkerMirroredStrategy()
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    if name == "mirrored" or len(gpus) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Returns True in the process that writes the run's files: the chief of a cluster, or the only one.

    A cluster without a task of type chief has its first worker as chief.
    """
    resolver = strategy.cluster_resolver
    if resolver is None or resolver.task_type is None:
        return True
    if "chief" in resolver.cluster_spec().jobs:
        return resolver.task_type == "chief"
    return resolver.task_id == 0


def make_step(
    config: RunConfig,
    training: Training,
    ema: keras.Model,
    strategy: tf.distribute.Strategy,
) -> Callable[..., tf.Tensor]:
    """Returns one step on every replica as one graph.

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
        update_ema(ema, training.generator, config.ema_decay, done, strategy)
        return values

    return step


def uses_xla(config: RunConfig, replicas: int) -> bool:
    """Returns True if the step is compiled as a whole.

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
    """Returns the batches from step `start` on, each process reading its own share of every global batch.

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
