"""`python -m experiments.depth`: PSNR and time by the number of residual blocks, with and without skips."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.command import (
    PROTOCOL,
    add_training,
    check_ready,
    experiment_command,
    run_experiment,
    typed,
)
from srgan_tf.command_line import CommandLine
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.files import check_writable

if TYPE_CHECKING:
    from experiments.depth_page import Key
    from experiments.runs import Planned

ABOUT = """\
The study of the paper's supplement: SRResNet with B residual blocks, with and without skip connections. PSNR
on held-out and on benchmark images, and milliseconds for one 64x64 LR image, in one plot with both axes.

  python -m experiments.depth --benchmarks=DIR --data=PHOTOS --val_data=HELD_OUT

Every network is trained from scratch with the same data and seed, the shallow ones first. The same command
goes on where it stopped, and makes the page again from what is there."""

BLOCKS = "1,2,4,8,16"
SHORT: dict[str, Any] = {
    "steps": 3000, "batch_size": 8, "crop_size": 64, "learning_rate": 1e-3, "warmup_steps": 100,
    "schedule": "cosine", "ema_decay": 0.995, "augment": True, "crops_per_image": 8,
    "precision": "mixed_bfloat16", "checkpoint_every": 500, "log_every": 100,
}  # fmt: skip
"""The short schedule, over the preset "paper"."""
ENDS = 8
"""Blocks that cost about as much as the first and the last convolutions do."""
PLOT = "depth.png"
HELD_OUT = "held out"
"""The column of the validation images, beside those of the datasets."""


def main() -> int:
    """Trains what is missing, evaluates and times the networks, and writes the page.

    Returns:
      1 where the page has to do without something, 0 otherwise.
    """
    command = experiment_command(ABOUT)
    add_training(command, "depth")
    command.add("val_data", str, "Held-out images, as in train.py: adds their PSNR.")
    command.add("val_images", int, "Number of held-out images, the first ones.", default=12, rule="positive")
    command.add("blocks", str, "Numbers of residual blocks, separated by commas.", default=BLOCKS)
    command.add(
        "steps", int, "Updates of each network.", shown="3000; 1000000 with --preset=paper", rule="positive"
    )
    command.parse()
    out = check_ready(command["out"], "depth", PLOT, benchmarks=command["benchmarks"])
    if not command["data"]:
        raise UsageError("--data is missing: training images, as in train.py")
    if "val_images" in command.given() and not command["val_data"]:
        raise UsageError("--val_images has no effect without --val_data")
    keys = [(blocks, skips) for blocks in numbers(command["blocks"]) for skips in (True, False)]

    from experiments.depth_page import differences, draw, findings, table, timed
    from experiments.page import write_page
    from experiments.runs import trained
    from experiments.scores import datasets_in, scored
    from srgan_tf.evaluation.tables import summaries
    from srgan_tf.new_config import new_config

    runs, benchmarks = (Path(command[name]).expanduser() for name in ("runs", "benchmarks"))
    check_writable(runs, "runs")
    if HELD_OUT in datasets_in(benchmarks):
        raise UsageError(f"--benchmarks={benchmarks}: a dataset is called {HELD_OUT!r}; rename its folder")
    planned = {key: planned_network(key, command) for key in keys}
    check_runs(list(planned.values()), runs)
    configs = {key: new_config(dict(network.values)) for key, network in planned.items()}
    found = trained(list(planned.values()), runs, may_diverge=True)
    learned = {key: network.name for key, network in planned.items() if network.name in found}
    if not learned:
        raise WorkError(f"{runs}: the loss of every network was no longer finite; see the lines above")
    listed = [f"{name}={found[name]}" for name in learned.values()]
    measured = scored(["bicubic", *listed], benchmarks, runs / "report", niqe=False)
    evaluation = measured.evaluation
    means = summaries(evaluation)

    def mean(dataset: str, method: str) -> float | None:
        summary = means.get((PROTOCOL, dataset, method, "psnr"))
        return summary.mean if summary else None

    psnr: dict[str, dict[Key, float]] = {}
    if command["val_data"]:
        psnr[HELD_OUT] = _known({key: validated(runs / name) for key, name in learned.items()})
    for dataset in evaluation.datasets:
        psnr[dataset] = _known({key: mean(dataset, name) for key, name in learned.items()})
    bicubic = _known({dataset: mean(dataset, "bicubic") for dataset in evaluation.datasets})
    milliseconds = timed({key: config.generator for key, config in configs.items()})
    draw(psnr, bicubic, milliseconds, out / PLOT)
    page = write_page(
        out,
        "depth",
        "Depth and skip connections",
        "A study of the supplement of Ledig et al. (CVPR 2017): SRResNet with more and fewer residual "
        "blocks, with and without skip connections. In the paper depth gives better images and takes longer.",
        typed("depth"),
        [*differences(configs[keys[0]], bool(command["val_data"])), *measured.missing],
        "\n\n".join(
            [
                f"![PSNR and time by the number of residual blocks]({PLOT})",
                table(psnr, bicubic, milliseconds),
                findings(psnr, bicubic, [key for key in keys if key not in learned]),
            ]
        ),
    )
    print(f"{page} and {out / PLOT}")
    return 1 if measured.missing else 0


def numbers(text: str) -> tuple[int, ...]:
    """Returns the numbers of blocks of `--blocks`, in rising order.

    Raises:
      UsageError: not whole numbers of at least 1, or one twice.
    """
    parts = [part.strip() for part in text.split(",")]
    if all(part.isdecimal() and int(part) > 0 for part in parts):
        found = tuple(sorted({int(part) for part in parts}))
        if len(found) == len(parts):
            return found
    raise UsageError(f"--blocks={text}: expected different whole numbers from 1 on, such as {BLOCKS}")


def planned_network(key: "Key", command: CommandLine | Mapping[str, Any]) -> "Planned":
    """Returns the training of a network.

    Args:
      key: its blocks, and whether it has skip connections.
      command: the flags.
    """
    from experiments.runs import Planned
    from srgan_tf.presets import PRESETS

    blocks, skips = key
    preset = SHORT if command["preset"] == "short" else PRESETS["paper", "pretrain"]
    values = {"preset": "paper", "data": command["data"], "blocks": blocks, "skip_connections": skips}
    values |= {"steps": 1_000_000, **preset}
    if command["steps"]:
        values["steps"] = command["steps"]
    if "warmup_steps" in values:
        values["warmup_steps"] = min(values["warmup_steps"], values["steps"] // 10)
    if command["val_data"]:
        values |= {name: command[name] for name in ("val_data", "val_images")}
        values["val_every"] = values["steps"]
    return Planned(f"B{blocks}{'' if skips else '-plain'}", values, blocks + ENDS)


def check_runs(planned: Sequence["Planned"], runs: Path) -> None:
    """Checks that the runs that are there have the values of this command.

    Raises:
      UsageError: one has others, even where train.py would go on with it.
    """
    from srgan_tf.config import FLAGS
    from srgan_tf.new_config import new_config
    from srgan_tf.run_directory import RunDirectory, load_config

    # The images may have moved: their checksum is compared when they are read.
    compared = [f.name for f in FLAGS if f.name != "data" and not f.metadata["anew"]]
    for network in planned:
        wanted = new_config(dict(network.values))
        file = RunDirectory(runs / network.name / "pretrain").config
        if not file.exists():
            continue
        begun = load_config(file)
        for name in (*compared, "val_data", "val_images"):
            was, now = getattr(begun, name), getattr(wanted, name)
            if was != now:
                raise UsageError(
                    f"{file} says {name}={was}, and this command {name}={now}: give the flags that the runs "
                    "were begun with, or another --runs"
                )


def validated(run: Path) -> float | None:
    """Returns PSNR of the last validation of a run, in dB; None if it has none.

    Raises:
      WorkError: its metrics.csv is damaged.
    """
    from srgan_tf.run_directory import RunDirectory, read_metrics

    file = RunDirectory(run / "pretrain").metrics
    try:
        rows = read_metrics(file)
    except ValueError as error:
        raise WorkError(f"{file}: no metrics of a run ({error}); put the file back") from error
    return next((row["val_psnr"] for row in reversed(rows) if row.get("val_psnr") is not None), None)


def _known(values: Mapping[Any, float | None]) -> dict[Any, float]:
    return {key: value for key, value in values.items() if value is not None}


def run() -> None:
    """Runs the command as a process of its own."""
    run_experiment(main)


if __name__ == "__main__":
    run()
