"""What the commands of all experiments share: flags, the check of what they need, the line on the page."""

import re
import shlex
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import Stopped, UsageError
from srgan_tf.files import check_writable
from srgan_tf.stopping import interrupts

OUT = "docs/experiments"
"""The folder of the pages, unless a command is given another."""
PRESETS = ("short", "paper")
SCALE, PROTOCOL = 4, "paper"
"""Of all tables of the paper: the factor, and the protocol of `evaluate.py`."""
FOLDER = re.compile(r"(?<![^=,])[~/][^=,]*")
"""A folder from the root or from home, in a word of a command line."""


def experiment_command(about: str) -> CommandLine:
    """Returns the command line of an experiment, with the flags that all have."""
    command = CommandLine(about)
    command.add("benchmarks", str, "Folder that holds a folder of HR images for each dataset.", needed=True)
    command.add("out", str, "Folder of the page, its plots and its crops.", default=OUT)
    return command


def add_training(command: CommandLine, name: str) -> None:
    """Adds the flags of an experiment that trains networks."""
    command.add("data", str, "Training images, as in train.py.")
    command.add(
        "preset",
        str,
        "Schedule of the networks that are trained: short, hours on a few cores, or paper, days on a GPU.",
        default="short",
        choices=PRESETS,
    )
    command.add("runs", str, "Folder of the run directories and of the report.", default=f"runs/{name}")


def check_ready(out: str, name: str, *images: str, benchmarks: str | None = None) -> Path:
    """Returns the folder of `--out`, after a check that a page with plots can be written there.

    Args:
      out: the folder.
      name: of the experiment.
      images: the files that the page shows.
      benchmarks: the folder of the datasets, where there is one.

    Raises:
      UsageError: it cannot, or a file there would be lost that no experiment has written.
    """
    if find_spec("matplotlib") is None:
        raise UsageError("the experiments need matplotlib: install an extra with pip install '.[opinion]'")
    from experiments.page import check_ours

    folder = Path(out).expanduser()
    check_writable(folder, "out")
    if benchmarks and folder.resolve().is_relative_to(Path(benchmarks).expanduser().resolve()):
        raise UsageError(
            f"--out={out} is inside --benchmarks={benchmarks}, where images are evaluated: give another"
        )
    check_ours(folder, name, images)
    return folder


def typed(name: str) -> str:
    """Returns the command line as it was typed, with folders by their last name alone.

    Args:
      name: of the experiment.
    """
    words = [shlex.quote(FOLDER.sub(lambda found: Path(found[0]).name, word)) for word in sys.argv[1:]]
    return " ".join(["python -m", f"experiments.{name}", *words])


def run_experiment(main: Callable[[], int | None]) -> NoReturn:
    """Runs an experiment as a process of its own; SIGTERM ends it as Ctrl-C does, with a line.

    Args:
      main: the experiment; it returns its exit code.
    """

    def heard() -> int | None:
        with interrupts() as came:
            try:
                return main()
            except KeyboardInterrupt:
                number = came[-1] if came else 2
                raise Stopped(number, "stopped; the same command goes on where it was") from None

    run_command(heard)
