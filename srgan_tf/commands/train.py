"""Trains SRResNet (--phase=pretrain) and SRGAN (--phase=gan)."""

from pathlib import Path
from typing import Any

from srgan_tf.command_line import CommandLine, run_command

ABOUT = """\
Trains the networks of "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network"
(Ledig et al., CVPR 2017):

  python train.py --phase=pretrain --data=DIR --run_dir=runs/mine     SRResNet
  python train.py --phase=gan --run_dir=runs/mine                     SRGAN, starting from it

The same command resumes an interrupted run exactly. Ctrl-C saves and stops. In brackets are the defaults:
those of the general presets where they differ, and after "then" that of --phase=gan."""

GROUPS = ("run", "data", "network", "training", "machine")
"""The order of the flags in --help."""


def main() -> None:
    """Reads the flags and trains."""
    given, run_dir = parsed()
    from srgan_tf.training.run import train

    train(given, run_dir)


def parsed(argv: list[str] | None = None) -> tuple[dict[str, Any], Path]:
    """Returns the values that a command line gives, by name, and the folder of the run's files.

    Args:
      argv: the program's name and its arguments; None for those of the process.
    """
    from srgan_tf.config import FLAGS
    from srgan_tf.presets import described

    command = CommandLine(ABOUT)
    command.add("run_dir", str, "Folder of the run's files.", group="run", default="runs/srgan")
    for flag in sorted(FLAGS, key=lambda flag: GROUPS.index(flag.metadata["group"])):
        group, text, choices = (flag.metadata[key] for key in ("group", "text", "choices"))
        shown = described(flag.name, flag.default)
        command.add(flag.name, flag.type, text, group=group, choices=choices, shown=shown)
    command.parse(argv)
    given = command.given()
    given.pop("run_dir", None)
    return given, Path(command["run_dir"])


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)
