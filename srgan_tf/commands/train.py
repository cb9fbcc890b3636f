"""Trains SRResNet (--phase=pretrain) and SRGAN (--phase=gan)."""

import dataclasses
from pathlib import Path

from srgan_tf.command_line import CommandLine, run_command

ABOUT = """\
Trains the networks of "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network"
(Ledig et al., CVPR 2017):

  python train.py --phase=pretrain --data=DIR --run_dir=runs/mine     SRResNet
  python train.py --phase=gan --run_dir=runs/mine                     SRGAN, starting from it

The same command resumes an interrupted run exactly. Ctrl-C saves and stops."""


def main() -> None:
    """Reads the flags and trains."""
    from srgan_tf.config import RunConfig
    from srgan_tf.presets import described

    command = CommandLine(ABOUT)
    command.add("run_dir", str, "where the run's files are", group="what", default="runs/srgan")
    for field in dataclasses.fields(RunConfig):
        command.add(
            field.name,
            field.type,
            field.metadata["text"],
            group=field.metadata["group"],
            choices=field.metadata["choices"],
            shown=described(field.name, field.default),
        )
    command.parse()
    given = command.given()
    run_dir = Path(given.pop("run_dir", "runs/srgan"))

    from srgan_tf.training.run import train

    train(given, run_dir)


def run() -> None:
    """Runs the command as a process of its own."""
    run_command(main)
