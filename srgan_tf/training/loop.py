"""The loop that drives both phases: one device, several, or several machines, exactly resumable."""

import hashlib
from collections.abc import Iterator
from contextlib import nullcontext

import keras
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.data.sources import Source
from srgan_tf.errors import Stopped, WorkError
from srgan_tf.run_directory import RunDirectory
from srgan_tf.stopping import StopRequest
from srgan_tf.training.checkpoints import checkpoint_steps, restore_checkpoint
from srgan_tf.training.distribution import distributed_batches, make_step
from srgan_tf.training.finite import finite_check
from srgan_tf.training.meter import Meter
from srgan_tf.training.record import Record
from srgan_tf.training.srgan import SRGANTraining
from srgan_tf.training.srresnet import SRResNetTraining
from srgan_tf.training.strategy import is_chief


def run_steps(
    config: RunConfig,
    run: RunDirectory,
    training: SRResNetTraining | SRGANTraining,
    average: keras.Model,
    source: Source,
    val_source: Source | None,
    strategy: tf.distribute.Strategy,
) -> None:
    """Trains from the newest checkpoint, or from the start, to the config's last step.

    Args:
      config: the run.
      run: where its files go.
      training: networks, losses and optimizers with a `train_step`, made in the strategy's scope.
      average: a generator of the same weights, made in the scope; it is what is validated and kept.
      source: training images.
      val_source: validation images, or None.
      strategy: the devices.

    Raises:
      WorkError: a loss or gradient was not finite.
      Stopped: a signal asked to stop; the state is saved.
    """
    checkpoint = tf.train.Checkpoint(average=average, **training.checkpointed())
    start = max(checkpoint_steps(run.checkpoints), default=0)
    if start:
        restore_checkpoint(checkpoint, run.checkpoints, start)
    if start < config.steps:
        step_function = make_step(config, training, average, strategy)
        iterator = distributed_batches(config, source, start, strategy)
        meter = Meter(training.terms, finite_check(config, training.terms, run))
        record = None
        if is_chief(strategy):
            record = Record(config, run, average, checkpoint, val_source, training.terms, start)
        with StopRequest() as stop, record.closing() if record else nullcontext():
            for step in range(start + 1, config.steps + 1):
                with meter.waiting():
                    batch = _next_batch(iterator, step)
                asked = tf.constant(float(stop.asked))
                meter.add(step, step_function(batch, tf.constant(step - 1), asked))
                _keep_records(config, training, meter, record, step)
                if meter.stopping:
                    raise Stopped(
                        stop.signal_number,
                        f"stopped after step {step} of {config.steps}; saved in {run.root}, "
                        "the same command goes on",
                    )
    values = b"".join(weight.tobytes() for weight in average.get_weights())
    print(
        f"{config.variant}: {config.steps} steps done; weights in {run.weights} "
        f"(sha256 of their values {hashlib.sha256(values).hexdigest()})"
    )


def _next_batch(iterator: Iterator, step: int) -> tuple[tf.Tensor, tf.Tensor]:
    try:
        return next(iterator)
    except tf.errors.OpError as error:  # a file that was there when the run began, and is not any more
        reason = str(error.message).splitlines()[0]
        raise WorkError(f"step {step}: the images could not be read ({reason})") from error


def _keep_records(
    config: RunConfig,
    training: SRResNetTraining | SRGANTraining,
    meter: Meter,
    record: Record | None,
    step: int,
) -> None:
    """Saves, validates and logs what is due after a step."""
    last = step == config.steps
    saving, validating, logging = (
        last or step % every == 0 for every in (config.checkpoint_every, config.val_every, config.log_every)
    )
    if saving or validating or logging or meter.stopping:
        meter.read()
    if record is None:
        return
    record.line.advance()
    row = {}
    if logging:
        row = {"learning_rate": float(training.generator_optimizer.learning_rate), **meter.row()}
    with meter.paused():
        if saving or meter.stopping:
            record.save(step)
        if validating:
            row |= record.validate(step)
        record.row(step, row)
    if logging:
        meter.restart()
