"""What stands on the page of `experiments.evolution`: curves, a table, and what differs from the paper."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from experiments.networks import facts_of, source_name, unlike_paper
from experiments.page import LINES, new_plot, save_plot
from experiments.samples import Samples
from srgan_tf.command_line import text_of
from srgan_tf.config import RunConfig
from srgan_tf.markdown import markdown_table
from srgan_tf.models.vgg import features_name

LOSSES = {
    "content": "content loss",
    "adversarial": "adversarial loss",
    "discriminator_loss": "discriminator's loss",
}
"""Columns of metrics.csv that are drawn."""


def mean_of(values: Mapping[str, float]) -> float | None:
    """Returns the mean of the values that are finite; None if there is none."""
    finite = [value for value in values.values() if np.isfinite(value)]
    return float(np.mean(finite)) if finite else None


def draw_curves(
    samples: Samples, niqes: Mapping[int, float], others: Mapping[str, float | None], path: Path
) -> None:
    """Draws content loss, both adversarial losses and NIQE, one under the other."""
    figure = new_plot(3, height=2.3)
    content, adversarial, naturalness = figure.axes
    drawn = ((content, "content"), (adversarial, "adversarial"), (adversarial, "discriminator_loss"))
    for i, (axes, name) in enumerate(drawn):
        curve = samples.curve(name)
        colour, marker, dash = LINES[i]
        every = max(1, len(curve) // 10)
        axes.plot(
            list(curve), list(curve.values()), color=colour, marker=marker, ls=dash, markevery=every,
            label=LOSSES[name],
        )  # fmt: skip
    points = {**({0: others["start"]} if others.get("start") is not None else {}), **niqes}
    colour, marker, dash = LINES[0]
    naturalness.plot(
        list(points), list(points.values()), color=colour, marker=marker, ls=dash, label="samples"
    )
    lines = [(name, value) for name, value in others.items() if name != "start" and value is not None]
    for (name, value), (colour, _, dash) in zip(lines, LINES[1:], strict=False):
        naturalness.axhline(value, color=colour, ls=dash, label=name)
    naturalness.set_ylabel("NIQE")
    naturalness.set_xlabel("updates of the generator in the second phase")
    content.set_ylabel("loss")
    adversarial.set_ylabel("loss")
    right = max([*(int(row["step"]) for row in samples.rows), *points])
    for axes in figure.axes:
        axes.set_xlim(-0.02 * right, 1.02 * right)
        axes.set_ylim(bottom=0 if axes is not naturalness else None)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="best", fontsize=9)
    save_plot(figure, path)


def step_table(samples: Samples, niqes: Mapping[int, float], others: Mapping[str, float | None]) -> str:
    """Returns a Markdown table of each step with samples."""
    curves = {label: samples.curve(name) for name, label in LOSSES.items()}
    psnr = samples.curve("val_psnr")

    def cell(value: float | None, digits: int) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    rows = [
        [f"{step:,}", *(cell(curve.get(step), 4) for curve in curves.values()), cell(psnr.get(step), 2),
         cell(niqes.get(step), 2)]
        for step in samples.steps
    ]  # fmt: skip
    empty = ["-"] * (len(curves) + 1)
    before = [["0 (start)", *empty, cell(others["start"], 2)]] if others.get("start") is not None else []
    after = [[n, *empty, cell(v, 2)] for n, v in others.items() if n != "start" and v is not None]
    return markdown_table(["step", *curves, "validation PSNR on Y, dB", "NIQE"], [*before, *rows, *after])


def niqe_note(samples: Samples, recorded: bool) -> str:
    """Returns where losses and NIQE come from."""
    losses = f"Losses are means of {samples.config.log_every} updates, from the run's metrics.csv."
    if recorded:
        return (
            f"{losses} NIQE (the lower, the more natural) is from there too, the mean of all validation "
            "images, with the packaged parameters."
        )
    return (
        f"{losses} NIQE (the lower, the more natural) was not recorded by this run: it is measured from the "
        f"{len(samples.names)} images that the run keeps of each validation, with the packaged parameters."
    )


def kept_note(config: RunConfig) -> str:
    """Returns which weights the samples are of."""
    of = f"the EMA of the weights, decay {text_of(config.ema_decay)}" if config.ema_decay else "the weights"
    share = f", with {text_of(config.start_share)} of the start" if config.start_share else ""
    return f"The images are those of {of}{share}."


def differences(samples: Samples, weights: str | None, column: str, without_start: str) -> list[str]:
    """Returns what differs from the paper, a sentence each, by the run's config.

    Args:
      samples: of the run.
      weights: further weights that are shown, if any.
      column: of these.
      without_start: why the start is not shown; "" if it is.
    """
    config = samples.config
    changed = unlike_paper(config)
    far = f"{config.steps:,} updates"
    if samples.done < config.steps:
        far = f"step {samples.done:,} of {config.steps:,}: this run has not ended"
    features = features_name(config.content_loss, config.vgg_weights)
    rate = sorted(samples.curve("steps_per_second").values())
    lines = [
        f"Steps: {far}. The paper's SRGAN takes 200,000, and its figure is of the order of 100,000.",
        f"Trained was {config.variant}; in brackets stands what the paper has not.",
        f"Data: crops of the images of `{source_name(config.data)}`. The paper took 350,000 of ImageNet.",
    ]
    if features != config.content_loss.upper():
        lines.append(f"Features: {features}, from {Path(config.vgg_weights).name}, not VGG-19's own.")
    if changed:
        lines.append(f"Values: {', '.join(changed)}.")
    if rate:
        middle = rate[len(rate) // 2]
        lines.append(
            f"Hardware: {middle:.2g} updates a second, {samples.done / middle / 3600:.2g} hours in all by "
            "metrics.csv. The paper used an NVIDIA Tesla M40."
        )
    if weights:
        of = facts_of("", weights)
        trained = "".join(f"; {part}" for part in (of.data, of.hardware) if part and part != "unknown")
        lines.append(f"The column {column}: {of.weights}, {of.variant}{trained}.")
    if without_start:
        lines.append(f"The start is not shown: {Path(without_start).name}.")
    return lines
