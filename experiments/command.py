"""What the commands of all experiments share: flags, the check of what they need, the line on the page."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

from srgan_tf.command_line import CommandLine
from srgan_tf.errors import UsageError

OUT = "docs/experiments"
"""The folder of the pages, unless a command is given another."""
PRESETS = ("short", "paper")


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


def check_ready(out: str) -> Path:
    """Returns the folder of `--out`, after a check that a page with plots can be written there.

    Raises:
      UsageError: it cannot.
    """
    if find_spec("matplotlib") is None:
        raise UsageError("the experiments need matplotlib: install an extra with pip install '.[opinion]'")
    from experiments.page import page_folder

    return page_folder(out)


def typed(name: str) -> str:
    """Returns the command line as it was typed, with folders by their last name alone.

    Args:
      name: of the experiment.
    """
    words = []
    for word in sys.argv[1:]:
        flag, equals, value = word.partition("=")
        plain = Path(value).name if value.startswith(("/", "~")) else value
        words.append(shlex.quote(f"{flag}{equals}{plain}"))
    return " ".join(["python -m", f"experiments.{name}", *words])
