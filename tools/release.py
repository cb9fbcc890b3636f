"""`python -m tools.release`: a run's weights become a released model with its card."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_tf.command_line import CommandLine, run_command
from srgan_tf.errors import UsageError
from tools.rescore import Figures, measured

if TYPE_CHECKING:
    from srgan_tf.config import RunConfig

ABOUT = """\
Puts a run's newest weights into the package under a name, with a card that says what they are:

  python evaluate.py --benchmarks=DIR --methods=NAME=RUN_DIR/PHASE --report=report
  python -m tools.release --name=NAME --run=RUN_DIR/PHASE --figures=report/figures.json \\
      --commit=HASH --hardware='2 cores of ...' --data='what was trained on' \\
      --data_terms='its terms' --terms='Apache-2.0; ...'"""


NAMED = (
    *("blocks", "filters", "recursions", "predictions"),
    *("batch_size", "crop_size", "steps", "learning_rate"),
)
"""Flags that a card's commands name even where they are the preset's, which may change after their commit."""


def hours(metrics: Path) -> float:
    """Returns the hours that the logged steps took, from the rates in a run's metrics.csv.

    Args:
      metrics: the CSV; each row with a rate stands for the steps since the row before it.
    """
    from srgan_tf.run_directory import read_metrics

    seconds, last = 0.0, 0.0
    for row in read_metrics(metrics):
        if "steps_per_second" in row:
            seconds += (row["step"] - last) / row["steps_per_second"]
            last = row["step"]
    return seconds / 3600


def evaluated_figures(path: Path, name: str) -> Figures:
    """Returns the values that evaluate.py found for one method.

    Raises:
      UsageError: the file has no figures of that method.
    """
    figures = measured(path).get(name)
    if not figures:
        raise UsageError(f"{path}: no figures of {name}; evaluate with --methods={name}=...")
    return figures


def train_command(config: "RunConfig", start: str | None = None) -> str:
    """Returns the command of a run: its preset, what differs from it, and what recipes are tuned by.

    Args:
      config: of the run.
      start: the name on the card of the run that made its first weights, where these are no released model's
        or of one that is replaced by this.

    Raises:
      UsageError: it started from weights that the card does not name, or learned from such a model.
    """
    from srgan_tf.config import FLAGS
    from srgan_tf.models.weights import names
    from srgan_tf.new_config import new_config, without_effect

    if config.teacher and config.teacher not in names():
        raise UsageError(f"--teacher={config.teacher} is no released model: a card cannot name it")
    places = {"data": "PHOTOGRAPHS", "val_data": "HELD_OUT", "vgg_weights": Path(config.vgg_weights).name}
    if config.init_from and (start or config.init_from not in names()):
        if start is None:
            raise UsageError(
                f"the run started from {config.init_from}, which is no released model; give the "
                "runs that made it with --before"
            )
        places["init_from"] = start
    preset = {"preset": config.preset, "phase": config.phase, "data": "PHOTOGRAPHS"}
    usual = new_config(preset)
    differing = {
        flag.name: getattr(config, flag.name)
        for flag in FLAGS
        if (flag.name in NAMED or getattr(config, flag.name) != getattr(usual, flag.name))
        and not without_effect(config, flag.name)
    }
    shown = {**preset, **{name: places.get(name, value) for name, value in differing.items()}}
    return "python train.py " + " ".join(f"--{name}={value}" for name, value in shown.items())


def facts(run: Path, command_line: dict[str, str]) -> dict[str, Any]:
    """Returns the card of a run, but for what the weights themselves say.

    Args:
      run: `RUN_DIR/PHASE`.
      command_line: the flags of this command.

    Raises:
      UsageError: no such run, or it started from weights of which nothing is said.
    """
    from srgan_tf.run_directory import RunDirectory, load_config, newest_weights, step_of

    files = RunDirectory(run)
    config = load_config(files.config)
    weights = newest_weights(files)
    if weights is None:
        raise UsageError(f"{run}: the run has no weights yet")
    before = json.loads(Path(command_line["before"]).read_text("utf-8")) if command_line.get("before") else []
    last = {
        "name": command_line["name"],
        "command": train_command(config, before[-1]["name"] if before else None),
        "steps": step_of(weights),
        "hours": round(hours(files.metrics), 1),
        "commit": command_line["commit"],
    }
    if last["steps"] < config.steps:
        last["note"] = f"Stopped at step {last['steps']:,} of the schedule of {config.steps:,}."
    runs = [*before, last]
    return {
        "variant": config.variant,
        "scale": config.scale,
        "lr_range": [0, 1],
        "sr_range": [-1, 1],
        "runs": runs,
        "steps": sum(each["steps"] for each in runs),
        "hours": round(sum(each["hours"] for each in runs), 1),
        **{name: command_line[name] for name in ("hardware", "data", "data_terms", "terms")},
        "figures": evaluated_figures(Path(command_line["figures"]), command_line["name"]),
        **({"note": command_line["note"]} if command_line.get("note") else {}),
    }


def main() -> None:
    """Reads the flags and writes the two files."""
    command = CommandLine(ABOUT)
    needed = {
        "name": "Name of the released model.",
        "run": "The run: RUN_DIR/PHASE.",
        "figures": "figures.json of evaluate.py, with a method of that name.",
        "commit": "Commit of the program that trained it.",
        "hardware": "Hardware that trained it.",
        "data": "Data that it was trained on.",
        "data_terms": "Terms of that data.",
        "terms": "Terms of the weights: their licence, and what the terms of the data make of it.",
    }
    optional = {
        "note": "Anything else that a user of the model should know.",
        "before": "JSON file with the runs, as on a card, that made its first weights, in order.",
    }
    for name, text in (needed | optional).items():
        command.add(name, str, text, default="", needed=name in needed)
    command.parse()

    from srgan_tf import load
    from srgan_tf.models.weights import RELEASED, release

    values = command.values()
    card = facts(Path(values["run"]), values)
    model = load(values["run"])
    release(model, values["name"], card)
    print(f"{RELEASED / values['name']}.npz and .json")


if __name__ == "__main__":
    run_command(main)
