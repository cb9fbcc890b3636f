"""The loop that drives both phases: one device, several, or several machines, exactly resumable."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
import tensorflow as tf

from srgan_tf.config import RunConfig
from srgan_tf.data.sources import Source
from srgan_tf.errors import NotFiniteError, Stopped, WorkError
from srgan_tf.run_directory import RunDirectory
from srgan_tf.stopping import StopRequest
from srgan_tf.training.checkpoints import checkpoint_steps, restore_checkpoint, writing
from srgan_tf.training.devices import Training, distributed_batches, is_chief, make_step
from srgan_tf.training.logs import Record
from srgan_tf.training.optimizer import Kept

OVERFLOWS = 20
"""Steps in a row whose float16 gradients may overflow while the loss scale is found."""


class Meter:
    """Collects the values of steps between two logged rows.

    The values of a step are read while the next one runs, so that an accelerator never waits for the host.

    Args:
      terms: names of the values; one more stands behind them, the number of workers asked to stop.
      check: lets the values of a step pass, or raises.
    """

    def __init__(self, terms: tuple[str, ...], check: Callable[[int, np.ndarray], np.ndarray]) -> None:
        self.stopping = False
        self._terms = terms
        self._check = check
        self._pending: tuple[int, tf.Tensor] | None = None
        self.restart()

    def restart(self) -> None:
        """Begins a new row."""
        self._values: list[np.ndarray] = []
        self._waited = 0.0
        self._paused = 0.0
        self._since = time.perf_counter()

    def add(self, step: int, values: tf.Tensor) -> None:
        """Takes the values of a step that may still be running, and checks those of the one before."""
        self.read()
        self._pending = step, values

    def read(self) -> None:
        """Waits for the last step and checks its values; nothing may be saved before this."""
        if self._pending is not None:
            step, values = self._pending
            self._pending = None
            self._values.append(self._check(step, values.numpy()))
            self.stopping = self.stopping or bool(self._values[-1][-1])

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Counts the time in its block as waiting for data."""
        before = time.perf_counter()
        yield
        self._waited += time.perf_counter() - before

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leaves out the time in its block: saving and validating are not training."""
        before = time.perf_counter()
        yield
        self._paused += time.perf_counter() - before

    def row(self) -> dict[str, float]:
        """Returns the terms' means since `restart`, steps per second, and the share of time spent waiting."""
        elapsed = time.perf_counter() - self._since - self._paused
        means = np.mean(self._values, axis=0)[:-1]
        return {
            **{name: float(value) for name, value in zip(self._terms, means, strict=True)},
            "steps_per_second": len(self._values) / elapsed,
            "waiting_for_data": self._waited / elapsed,
        }


def finite_check(
    config: RunConfig, terms: tuple[str, ...], run: RunDirectory
) -> Callable[[int, np.ndarray], np.ndarray]:
    """Returns a function that lets the values of a step pass if they are finite.

    Under float16 the gradients of single steps may overflow: Keras' loss scaling skips those updates and
    halves the scale. Many in a row mean that no scale helps.

    Args:
      config: its precision is read.
      terms: names of the values.
      run: the directory of the checkpoints.

    Returns:
      Function (step, values) -> values. It raises NotFiniteError, naming the step and the terms.
    """
    overflows = 0

    def check(step: int, values: np.ndarray) -> np.ndarray:
        nonlocal overflows
        bad = [name for name, value in zip(terms, values, strict=False) if not np.isfinite(value)]
        if not bad:
            overflows = 0
            return values
        overflows += 1
        skipped = config.precision == "mixed_float16" and all(n.endswith("gradient_norm") for n in bad)
        if skipped and overflows < OVERFLOWS:
            return values
        saved = checkpoint_steps(run.checkpoints)
        kept = f"the last good checkpoint is step {saved[-1]}" if saved else "no checkpoint was written yet"
        raise NotFiniteError(
            f"step {step}: {', '.join(bad)} not finite; training stopped, {kept} in {run.root}. "
            "Try a lower --learning_rate or more --warmup_steps"
        )

    return check


def run_steps(
    config: RunConfig,
    run: RunDirectory,
    training: Training,
    kept: Kept,
    source: Source,
    val_source: Source | None,
    strategy: tf.distribute.Strategy,
) -> None:
    """Trains from the newest checkpoint, or from the start, to the config's last step.

    Args:
      config: the run.
      run: where its files go.
      training: networks, losses and optimizers with a `train_step`, made in the strategy's scope.
      kept: what of the generator is validated and kept, made in the scope.
      source: training images.
      val_source: validation images, or None.
      strategy: the devices.

    Raises:
      NotFiniteError: a loss or gradient was not finite.
      Stopped: a signal asked to stop; the state is saved.
    """
    checkpoint = tf.train.Checkpoint(**kept.checkpointed(), **training.checkpointed())
    start = max(checkpoint_steps(run.checkpoints), default=0)
    if start:
        restore_checkpoint(checkpoint, run.checkpoints, start)
    if start < config.steps:
        step_function = make_step(config, training, kept.ema, strategy)
        iterator = distributed_batches(config, source, start, strategy)
        meter = Meter(training.terms, finite_check(config, training.terms, run))
        record = None
        if is_chief(strategy):
            with writing(run):
                record = Record(config, run, kept, checkpoint, val_source, training.terms, start)
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
    values = b"".join(weight.tobytes() for weight in kept.weights())
    print(
        f"{config.variant}: {config.steps} steps done; weights in {run.weights} "
        f"(sha256 of their values {hashlib.sha256(values).hexdigest()})"
    )


def _next_batch(iterator: Iterator, step: int) -> tuple[tf.Tensor, tf.Tensor]:
    try:
        return next(iterator)
    except tf.errors.OpError as error:  # a file that vanished after the run began
        reason = str(error.message).splitlines()[0]
        raise WorkError(f"step {step}: the images could not be read ({reason})") from error


def _keep_records(
    config: RunConfig,
    training: Training,
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
