"""Training on many machines: Ray Train starts `train.py`'s own function on each, and again after a loss.

Ray Train gives each worker its TF_CONFIG. When a worker is lost it ends the others, which would wait for it
for ever, waits for as much room as before and starts all of them anew. A run resumes from its newest
checkpoint by itself, to the bit.
"""

import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_tf.cluster.session import Notes, Workers, beside, say_if_nothing_fits
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.files import check_writable
from srgan_tf.progress import note, progress

if TYPE_CHECKING:  # Ray Train's own processes, which import this module, need no TensorFlow
    from srgan_tf.config import RunConfig
    from srgan_tf.run_directory import RunDirectory

EVERY = 2.0
"""Seconds between two looks at the run's metrics.csv."""

RAY_FOLDER = ".ray"
"""The folder inside a run directory in which Ray Train writes what it knows of the run."""


def train_worker(wanted: dict[str, Any]) -> None:
    """Trains as one of the workers; the environment holds its TF_CONFIG.

    Args:
      wanted: `given` and `run_dir` as `srgan_tf.training.run.train` takes them, `threads`, and `notes`, the
        actor to tell.
    """
    import ray

    os.environ.pop("TF_USE_LEGACY_KERAS", None)  # which Ray Train sets, and Keras 3 is meant
    notes = wanted["notes"]
    if ray.get(notes.error.remote()):  # of the time before this start: it would come again
        return
    from srgan_tf.quiet import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    from srgan_tf.training.run import train

    tf.config.threading.set_intra_op_parallelism_threads(wanted["threads"])
    try:
        train(wanted["given"], Path(wanted["run_dir"]))
    except (UsageError, WorkError) as error:
        if not _of_a_lost_worker(error):
            ray.get(notes.tell.remote(type(error).__name__, str(error)))
        raise


def checked(given: dict[str, Any], run_dir: Path, workers: int) -> "RunConfig":
    """Returns the config of a run, having checked what can be checked before any worker starts.

    Args:
      given: values by name, as from flags.
      run_dir: the directory of both phases.
      workers: how many will train.

    Raises:
      UsageError: the values do not make a run, or the batch cannot be shared out.
    """
    from srgan_tf.run_directory import RunDirectory
    from srgan_tf.training.checkpoints import checkpoint_steps
    from srgan_tf.training.run import resolve, starting_weights

    check_writable(run_dir, "run_dir")
    if given.get("strategy", "auto") == "mirrored":
        raise UsageError("--strategy=mirrored: works on one machine; leave it out")
    config = resolve(given, run_dir)
    if config.batch_size % workers:
        raise UsageError(f"--batch_size={config.batch_size}: expected a multiple of --workers={workers}")
    if not checkpoint_steps(RunDirectory(run_dir / config.phase).checkpoints):
        starting_weights(config, run_dir)
    return config


def train(given: dict[str, Any], run_dir: Path, config: "RunConfig", workers: Workers) -> None:
    """Trains on the cluster that this process is connected to, with one progress line.

    Args:
      given: values by name, as from flags.
      run_dir: the directory of both phases, which every machine has in the same place.
      config: the run, as `given` and `run_dir` say it.
      workers: as many as `workers.most`.

    Raises:
      UsageError: wrong use that a worker found.
      WorkError: a worker's work failed.
    """
    import ray
    from ray.train import FailureConfig, ScalingConfig
    from ray.train import RunConfig as RayRunConfig
    from ray.train.tensorflow import TensorflowTrainer

    from srgan_tf.run_directory import RunDirectory

    say_if_nothing_fits(workers, 0)
    notes = beside(Notes)
    wanted = {
        "given": given,
        "run_dir": str(run_dir.resolve()),
        "threads": max(int(workers.cpus), 1),
        "notes": notes,
    }
    size = {"CPU": workers.cpus} | ({"GPU": workers.gpus} if workers.gpus else {})
    trainer = TensorflowTrainer(
        train_worker,
        train_loop_config=wanted,
        scaling_config=ScalingConfig(
            num_workers=workers.most,
            use_gpu=workers.gpus > 0,
            resources_per_worker=size,
            placement_strategy="SPREAD",
        ),
        run_config=RayRunConfig(
            name=RAY_FOLDER,
            storage_path=str(run_dir.resolve()),
            failure_config=FailureConfig(max_failures=-1),
            callbacks=[_loss_counter(notes)],
        ),
    )
    failed: list[BaseException] = []
    ended = threading.Event()

    def fit() -> None:
        try:
            trainer.fit()
        except BaseException as error:
            failed.append(error)
        finally:
            ended.set()

    # In a thread of its own, so that Ctrl-C ends this one at once and everything with it.
    threading.Thread(target=fit, daemon=True).start()
    run = RunDirectory(run_dir / config.phase)
    _follow(run, config, ended, notes)
    shutil.rmtree(run_dir / RAY_FOLDER, ignore_errors=True)
    told = ray.get(notes.error.remote())
    if told:
        kind, text = told
        raise {"UsageError": UsageError, "WorkError": WorkError}[kind](text)
    if failed:
        raise WorkError(f"Ray Train failed: {' '.join(str(failed[0]).split())}") from failed[0]
    print(f"{config.variant}: {config.steps} steps done; weights in {run.weights}")


def _follow(run: "RunDirectory", config: "RunConfig", ended: threading.Event, notes: Any) -> None:
    """Shows the steps that metrics.csv has, until the run ends."""
    import ray

    step, lost = _last(run)[0], 0
    with progress(config.steps, unit="step", desc=config.variant, initial=step) as bar:
        over = False
        while not over:
            over = ended.wait(EVERY)
            now, rate = _last(run)
            if now > step:
                bar.set_description(
                    f"{config.variant}, {rate * config.batch_size:.3g} images/s", refresh=False
                )
                bar.update(now - step)
                step = now
            count = ray.get(notes.lost.remote())
            if count > lost and not over:
                note("a worker was lost: all start again from the newest checkpoint when there is room")
                lost = count


def _last(run: "RunDirectory") -> tuple[int, float]:
    """The last step in metrics.csv, and the steps per second there."""
    from srgan_tf.run_directory import read_metrics

    rows = [row for row in read_metrics(run.metrics) if "steps_per_second" in row]
    return (int(rows[-1]["step"]), rows[-1]["steps_per_second"]) if rows else (0, 0.0)


def _loss_counter(notes: Any) -> Any:
    """Ray Train's callback that tells of lost workers."""
    from ray.train import UserCallback

    class Losses(UserCallback):
        def after_exception(self, run_context: Any, worker_exceptions: Any) -> None:  # noqa: ARG002
            notes.add_lost.remote()

    return Losses()


def _of_a_lost_worker(error: BaseException) -> bool:
    """True for what TensorFlow raises in a worker when another one is gone."""
    import tensorflow as tf

    cause: BaseException | None = error
    gone = (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
    )
    while cause is not None:
        if isinstance(cause, gone):
            return True
        cause = cause.__cause__
    return False
