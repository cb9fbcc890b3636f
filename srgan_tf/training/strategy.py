"""Which devices train: one, all GPUs of this machine, or several machines."""

import json
import os

import tensorflow as tf

from srgan_tf.errors import UsageError


def strategy_named(name: str) -> tf.distribute.Strategy:
    """Makes the strategy of `--strategy`; call it before anything else of TensorFlow runs.

    Args:
      name: "mirrored", "multi_worker" or "auto": several machines where TF_CONFIG names them, else every
        GPU of this machine, else the one device there is.

    Returns:
      The strategy.

    Raises:
      UsageError: multi_worker without a TF_CONFIG that can be read.
    """
    text = os.environ.get("TF_CONFIG", "")
    if name == "multi_worker" and not text:
        raise UsageError("--strategy=multi_worker: TF_CONFIG is not set; give every machine its own (README)")
    if name != "mirrored" and text:
        try:
            cluster, task = json.loads(text)["cluster"], json.loads(text)["task"]
            cluster["worker"][int(task["index"])]
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
    """Whether this process writes the run's files: the first worker, or the only one."""
    resolver = strategy.cluster_resolver
    if resolver is None or resolver.task_type is None:
        return True
    return resolver.task_type == "chief" or resolver.task_id == 0
