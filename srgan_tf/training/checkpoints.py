"""Checkpoints that are complete or absent, the newest few kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from srgan_tf.errors import WorkError
from srgan_tf.files import replacing
from srgan_tf.run_directory import RunDirectory, step_name, step_of, steps_in

STATE = "state"


@contextmanager
def writing(run: RunDirectory) -> Iterator[None]:
    """Makes one line of what a full or failing disk raises in its block.

    Raises:
      WorkError: naming the directory, the reason and the last good checkpoint.
    """
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
        else:  # "PATH; No space left on device [Op:SaveV2]"
            reason = error.message.rsplit("; ", 1)[-1].split(" [Op:")[0]
        saved = checkpoint_steps(run.checkpoints)
        kept = f"step {saved[-1]} is saved" if saved else "no step is saved yet"
        raise WorkError(
            f"cannot write to {run.root}: {reason.splitlines()[0]}; {kept}. Make room, and give the same "
            "command again to go on (--keep_checkpoints=1 takes less)"
        ) from error


def checkpoint_steps(directory: Path) -> list[int]:
    """Returns the steps of the checkpoints in a directory, oldest first."""
    return [step_of(path) for path in steps_in(directory)]


def save_checkpoint(checkpoint: tf.train.Checkpoint, directory: Path, step: int) -> Path:
    """Writes the state after `step` updates.

    The files are written to a directory of another name, which is then renamed: what carries a step's name
    is complete, whatever happened meanwhile.

    Returns:
      The checkpoint's directory.
    """
    path = directory / step_name(step)
    with replacing(path) as beside:
        checkpoint.write(str(beside / STATE))
    return path


def restore_checkpoint(checkpoint: tf.train.Checkpoint, directory: Path, step: int) -> None:
    """Reads the state after `step` updates into objects that are built.

    Raises:
      WorkError: the files do not hold every value of the objects, or are damaged.
    """
    path = directory / step_name(step)
    try:
        checkpoint.read(str(path / STATE)).assert_consumed()
    except (AssertionError, ValueError, IndexError, tf.errors.OpError) as error:
        raise WorkError(
            f"{path}: not a whole checkpoint of this network ({str(error).splitlines()[0]}); "
            "remove that directory to go on from the one before"
        ) from error


def keep_newest(directory: Path, suffix: str, count: int) -> None:
    """Removes all but the newest `count` of `steps_in`."""
    for path in steps_in(directory, suffix)[:-count]:
        if path.is_dir():
            # Renamed first: a removal that is interrupted leaves no half of a checkpoint under its name.
            doomed = path.rename(path.with_name(f".{path.name}.removed"))
            shutil.rmtree(doomed)
        else:
            path.unlink()


def remove_partial(directory: Path) -> None:
    """Removes what a killed process left half-written or half-removed; such names start with a dot."""
    for path in directory.glob(".step_*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
