"""Where a run keeps what it makes: `RUN_DIR/pretrain/` and `RUN_DIR/gan/`, each laid out alike."""

import os
from dataclasses import dataclass
from pathlib import Path

from srgan_tf.errors import UsageError


@dataclass(frozen=True)
class RunDirectory:
    """The files of one phase of a run.

    Attributes:
      root: `RUN_DIR/PHASE`.
    """

    root: Path

    @property
    def config(self) -> Path:
        """Every value of the run (`srgan_tf.config`)."""
        return self.root / "config.json"

    @property
    def checkpoints(self) -> Path:
        """`step_NNNNNNNN/`: all that is needed to go on exactly."""
        return self.root / "checkpoints"

    @property
    def weights(self) -> Path:
        """`step_NNNNNNNN.keras`: the generator's average, ready to use."""
        return self.root / "weights"

    @property
    def logs(self) -> Path:
        """TensorBoard's event files."""
        return self.root / "logs"

    @property
    def samples(self) -> Path:
        """Pictures of each validation."""
        return self.root / "samples"

    @property
    def metrics(self) -> Path:
        """A line per `log_every` steps, as CSV."""
        return self.root / "metrics.csv"

    @property
    def sources(self) -> Path:
        """What the data sources looked like when they were read; spares reading them again."""
        return self.root / "sources"


def step_name(step: int) -> str:
    """Name of a step's files; it sorts by step."""
    return f"step_{step:08d}"


def step_of(path: Path) -> int:
    """The step of a path named by `step_name`."""
    return int(path.name.split(".")[0].removeprefix("step_"))


def newest_weights(run: RunDirectory) -> Path | None:
    """The last weights a run has written, or None."""
    return max(run.weights.glob("step_*.keras"), key=step_of, default=None)


def check_writable(run_dir: Path) -> None:
    """Checks, writing nothing, that a run directory can be made and written to.

    Raises:
      UsageError: it is a file, or permissions forbid it.
    """
    existing = run_dir
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise UsageError(f"--run_dir={run_dir}: {existing} is a file; give a directory")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"--run_dir={run_dir}: no permission to write to {existing}; give another directory")


def weights_file(path: Path) -> Path:
    """Returns the `.keras` file that a path stands for: itself, or the newest of a run directory.

    A directory is that of a run, of which the second phase's weights are taken, or the first's where there is
    no second; or that of one phase.

    Raises:
      UsageError: the directory holds no weights.
    """
    if not path.is_dir():
        return path
    for root in (path / "gan", path / "pretrain", path):
        if weights := newest_weights(RunDirectory(root)):
            return weights
    raise UsageError(f"{path}: no weights in this directory; expected gan/weights or pretrain/weights")
