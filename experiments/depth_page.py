"""The contents of the page of `experiments.depth`: times, a plot, a table, and what they say."""

import os
import statistics
import time
from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from benchmarks.machine import circumstances
from experiments.networks import source_name, unlike_paper
from experiments.page import LINES, new_plot, save_plot
from srgan_tf.config import RunConfig
from srgan_tf.inference.network import network_from
from srgan_tf.markdown import markdown_table
from srgan_tf.models.config import NetworkConfig
from srgan_tf.models.networks import network

Key = tuple[int, bool]
"""A network: its residual blocks, and whether it has skip connections."""

LR_SIDE, ROUNDS = 64, 15
"""Side of the image that is timed, and how often each network is."""
KINDS = {True: "with skip connections", False: "without skip connections"}


def timed(configs: Mapping[Key, NetworkConfig]) -> dict[Key, float]:
    """Returns the milliseconds of each network for an image of 64x64, the median of several.

    Networks run in turns, in both directions, so that what else the machine does is shared by all. Time does
    not depend on the weights, so that they are random here.

    Args:
      configs: the networks.
    """
    lr = np.random.default_rng(0).uniform(size=(1, LR_SIDE, LR_SIDE, 3)).astype(np.float32)
    ready = {key: network_from(network(config), "float32") for key, config in configs.items()}
    times: dict[Key, list[float]] = {key: [] for key in ready}
    for turn in range(ROUNDS + 1):
        for key in list(ready)[:: 1 if turn % 2 else -1]:
            body, upsampler = ready[key].body, ready[key].upsampler
            begun = time.perf_counter()
            np.asarray(upsampler(body(lr)))
            if turn:  # the first one compiles
                times[key].append(1000 * (time.perf_counter() - begun))
    return {key: statistics.median(found) for key, found in times.items()}


def draw(
    psnr: Mapping[str, Mapping[Key, float]],
    bicubic: Mapping[str, float],
    milliseconds: Mapping[Key, float],
    path: os.PathLike,
) -> None:
    """Draws PSNR (left axis) and time (right axis) by the number of blocks, a plot for each dataset.

    Args:
      psnr: in dB, by dataset and network.
      bicubic: PSNR of bicubic interpolation by dataset, where it is known.
      milliseconds: by network.
      path: the file.
    """
    blocks = sorted({count for count, _ in milliseconds})
    columns = min(2, len(psnr))
    rows = -(-len(psnr) // columns)
    figure = new_plot(rows, columns, width=5.2)
    plots = list(figure.axes)
    for unused in plots[len(psnr) :]:
        unused.remove()
    for axes, (dataset, values) in zip(plots, psnr.items(), strict=False):
        right, lines = axes.twinx(), []
        series = [
            (axes, f"PSNR {name}", {b: values.get((b, skips)) for b in blocks})
            for skips, name in KINDS.items()
        ]
        series.append((right, "time", {b: milliseconds.get((b, True)) for b in blocks}))
        for (side, label, points), (colour, marker, dash) in zip(series, LINES, strict=False):
            known = {b: value for b, value in points.items() if value is not None}
            lines += side.plot(
                list(known), list(known.values()), color=colour, marker=marker, ls=dash, label=label
            )
        if dataset in bicubic:
            colour, _, dash = LINES[3]
            lines.append(axes.axhline(bicubic[dataset], color=colour, ls=dash, label="PSNR of bicubic"))
        axes.set(title=dataset, xlabel="residual blocks B", ylabel="PSNR, dB", xscale="log")
        axes.set_xticks(blocks, [str(count) for count in blocks])
        axes.minorticks_off()
        right.set(ylabel=f"ms for {LR_SIDE}x{LR_SIDE} LR", ylim=(0, 1.25 * max(milliseconds.values())))
        right.grid(visible=False)
    figure.legend(handles=lines, loc="outside lower center", ncols=2)
    save_plot(figure, path)


def table(
    psnr: Mapping[str, Mapping[Key, float]], bicubic: Mapping[str, float], milliseconds: Mapping[Key, float]
) -> str:
    """Returns PSNR and milliseconds of every network as a Markdown table.

    Args:
      psnr: in dB, by dataset and network.
      bicubic: PSNR of bicubic interpolation by dataset, where it is known.
      milliseconds: by network, of those that did not learn too.
    """
    rows = [["bicubic", "", *(f"{bicubic[d]:.2f}" if d in bicubic else "" for d in psnr), ""]]
    for (blocks, skips), took in milliseconds.items():
        cells = [
            f"{values[blocks, skips]:.2f}" if (blocks, skips) in values else "-" for values in psnr.values()
        ]
        rows.append([str(blocks), "yes" if skips else "no", *cells, f"{took:.1f}"])
    return markdown_table(["B", "skip connections", *(f"{d}, dB" for d in psnr), "ms"], rows)


def findings(
    psnr: Mapping[str, Mapping[Key, float]], bicubic: Mapping[str, float], diverged: Sequence[Key]
) -> str:
    """Returns what the figures say, as a Markdown list: differences, and the networks that did not learn.

    Args:
      psnr: in dB, by dataset and network.
      bicubic: PSNR of bicubic interpolation by dataset, where it is known.
      diverged: networks whose loss was no longer finite.
    """
    dataset = list(psnr)[-1]  # the one of the most images
    values, lines = psnr[dataset], []
    learned = list(dict.fromkeys(key for of in psnr.values() for key in of))
    for skips, name in KINDS.items():
        known = sorted(blocks for blocks, kind in values if kind == skips)
        if len(known) > 1:
            gain = values[known[-1], skips] - values[known[0], skips]
            lines.append(
                f"From B = {known[0]} to {known[-1]}, PSNR on {dataset} changes by {gain:+.2f} dB {name}."
            )
    both = [blocks for blocks, skips in values if skips and (blocks, False) in values]
    if both:
        lost = ", ".join(f"{values[b, False] - values[b, True]:+.2f} at B = {b}" for b in both)
        lines.append(f"Without skip connections, PSNR on {dataset} differs by this many dB: {lost}.")
    if diverged:
        lines.append(f"Did not learn, as the loss was no longer finite: {_named(diverged)}.")
    below = [key for key in learned if all(psnr[d].get(key, np.inf) < bicubic[d] for d in bicubic)]
    if below:
        lines.append(f"Below bicubic interpolation on every dataset: {_named(below)}.")
    return "\n".join(f"- {line}" for line in lines)


def differences(config: RunConfig, held_out: bool) -> list[str]:
    """Returns what differs from the paper, a sentence each.

    Args:
      config: of any of the runs.
      held_out: whether PSNR on held-out images is shown.
    """
    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    said = ("blocks", "skip_connections", "batch_size", "crop_size", "learning_rate", "schedule", "precision")
    values = unlike_paper(config, without=said)
    gpus = "".join(f"{of.get('device_name', 'a GPU')}; " for of in details)
    return [
        f"{config.steps:,} updates of {config.batch_size} crops of {config.crop_size} pixels, learning rate "
        f"{config.learning_rate:g} ({config.schedule}), {config.precision}; the paper takes a million "
        "updates of 16 crops of 96.",
        *([f"Values besides: {', '.join(values)}."] if values else []),
        f"Training images: {source_name(config.data)}; the paper's are 350,000 of ImageNet.",
        "Every network starts from random weights and sees the same crops in the same order. With skip "
        "connections the last normalisation of each block starts with gamma 0, without them with gamma 1.",
        *([f"PSNR on held out: the mean of the first {config.val_images} images of "
           f"{source_name(config.val_data)}, or of all where it has fewer, Y, protocol "
           "`community`."] if held_out else []),
        "PSNR on datasets: Y, protocol `paper`.",
        f"ms: the median of {ROUNDS} for one LR image of {LR_SIDE}x{LR_SIDE} in float32, with batch "
        "normalisation folded as in upscale.py, all networks in turns. The plot shows networks with skip "
        "connections.",
        f"Hardware, when this page was written: {gpus}{circumstances()}. The paper's is an NVIDIA "
        "Tesla M40.",
    ]  # fmt: skip


def _named(keys: Sequence[Key]) -> str:
    return ", ".join(f"B = {blocks} {KINDS[skips]}" for blocks, skips in keys)
