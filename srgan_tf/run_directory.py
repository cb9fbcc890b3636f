"""The files of a run: `RUN_DIR/pretrain/` and `RUN_DIR/gan/`, each laid out alike."""

import csv
import dataclasses
import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from srgan_tf.config import RunConfig
from srgan_tf.errors import UsageError
from srgan_tf.files import write_text
from srgan_tf.models.config import DRCN_FILTERS


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
        """`step_NNNNNNNN.keras`: the EMA of the generator, ready to use."""
        return self.root / "weights"

    @property
    def logs(self) -> Path:
        """TensorBoard's event files."""
        return self.root / "logs"

    @property
    def samples(self) -> Path:
        """SR images of each validation."""
        return self.root / "samples"

    @property
    def metrics(self) -> Path:
        """A row for every `log_every` steps and every validation (`Metrics`)."""
        return self.root / "metrics.csv"

    @property
    def sources(self) -> Path:
        """The state of the datasets when they were scanned; spares scanning them again."""
        return self.root / "sources"


def step_name(step: int) -> str:
    """Returns the name of a step's files; it sorts by step."""
    return f"step_{step:08d}"


def step_of(path: Path) -> int:
    """Returns the step of a path named by `step_name`."""
    return int(path.name.split(".")[0].removeprefix("step_"))


def steps_in(directory: Path, suffix: str = "") -> list[Path]:
    """Returns the paths in a directory that are named by `step_name`, and by this suffix, by step.

    What else lies there, such as a copy under another name, is none of a run's.
    """
    named = re.compile(r"step_\d+" + re.escape(suffix))
    return sorted((path for path in directory.glob("step_*") if named.fullmatch(path.name)), key=step_of)


def newest_weights(run: RunDirectory) -> Path | None:
    """Returns the last weights that a run has written, or None."""
    return next(reversed(steps_in(run.weights, ".keras")), None)


def run_of(file: Path) -> RunDirectory | None:
    """Returns the run whose weights a file is, by its place and its name; None if it is no run's."""
    run = RunDirectory(file.parent.parent)
    return run if file in steps_in(run.weights, ".keras") and run.config.is_file() else None


def weights_file(path: Path) -> Path:
    """Returns the `.keras` file that a path stands for: itself, or the newest of a run directory.

    A directory is that of a run, of which the second phase's weights are taken, or the first's where there is
    no second; or that of one phase; or its `weights/`.

    Raises:
      UsageError: the directory holds no weights.
    """
    if not path.is_dir():
        return path
    for root in (path / "gan", path / "pretrain", path):
        if weights := newest_weights(RunDirectory(root)):
            return weights
    if found := steps_in(path, ".keras"):
        return found[-1]
    raise UsageError(f"{path}: no weights in this directory; expected gan/weights or pretrain/weights")


@contextmanager
def locked(run: RunDirectory) -> Iterator[None]:
    """Keeps other processes from writing to a run while in its block.

    The lock is the operating system's, so that a killed process leaves none behind.

    Raises:
      UsageError: another process holds it.
    """
    run.root.mkdir(parents=True, exist_ok=True)
    with (run.root / ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise UsageError(
                f"{run.root}: another command writes to this run (process {file.read() or 'unknown'}); "
                "wait for its end or give another --run_dir"
            ) from None
        except OSError:  # a file system without locks
            yield
            return
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def save_config(config: RunConfig, path: Path) -> None:
    """Writes a config with the name of what is trained as JSON, complete or not at all."""
    values = {"variant": config.variant, **dataclasses.asdict(config)}
    write_text(path, json.dumps(values, indent=2) + "\n")


def load_config(path: Path) -> RunConfig:
    """Returns the config of a run.

    Raises:
      UsageError: the file is not a config of this program.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such run; train.py --run_dir makes one")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values.pop("variant", None)  # it follows from the others
        if values.get("model") == "drcn" and "recursions" not in values:  # made when it had one size
            values["filters"] = DRCN_FILTERS
        return RunConfig(**values)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: not a run's config ({error}); give another --run_dir") from error


class Metrics:
    """Writes metrics.csv: the step and its values, empty where a value was not measured then.

    Args:
      path: the file. Rows after `start_step`, left by an interrupted run, are dropped.
      columns: names of the values; "step" stands before them.
      start_step: updates done so far.
    """

    def __init__(self, path: Path, columns: list[str], start_step: int) -> None:
        kept = [",".join(["step", *columns])]
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()[1:]
            kept += [line for line in lines if _is_whole(line) and int(line.split(",")[0]) <= start_step]
        write_text(path, "\n".join(kept) + "\n")
        self._file = path.open("a", newline="", encoding="utf-8")
        self._writer = csv.DictWriter(self._file, ["step", *columns])

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Adds a row; it is on disk when this returns."""
        self._writer.writerow({"step": step, **{name: f"{value:.7g}" for name, value in values.items()}})
        self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        self._file.close()


def _is_whole(line: str) -> bool:
    """False for the last line of a killed process, which may lack its end."""
    return line.split(",")[0].isdigit() and line.endswith(tuple("0123456789,"))


def read_metrics(path: Path) -> list[dict[str, float]]:
    """Returns the rows of a metrics.csv, each with its step and the values that were measured then.

    Args:
      path: the file; no rows if there is none.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: float(value) for name, value in row.items() if name and value}
            for row in csv.DictReader(file)
        ]
