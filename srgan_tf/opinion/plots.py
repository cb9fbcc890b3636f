"""The paper's figures of an opinion test: mean scores, their distribution (Figure 5), ranks (Figure 10)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srgan_tf.files import replacing
from srgan_tf.opinion.analysis import Scores
from srgan_tf.opinion.statistics import FEWEST_RATERS, average_ranks, distribution, mean_opinion
from srgan_tf.opinion.study import SCORES, WORDS

INK = "#2b4a6f"
FAINT = "#aaa"
MARK = "#d62728"  # the paper's means are red


def draw_mean_opinion(tables: Sequence[Scores], path: Path) -> None:
    """Draws the mean opinion score and the 95 % interval of each method."""
    figure, axes = _panels(tables)
    for axis, table in zip(axes, tables, strict=True):
        opinions = mean_opinion(table.values)
        means = [o.mean for o in opinions]
        lows = np.where(np.isnan([o.low for o in opinions]), means, [o.low for o in opinions])
        highs = np.where(np.isnan([o.high for o in opinions]), means, [o.high for o in opinions])
        places = range(len(table.methods))
        for place, o, low, high in zip(places, opinions, lows, highs, strict=True):
            colour, line = (FAINT, "--") if o.useless else (INK, "-")
            lengths = [[o.mean - low], [high - o.mean]]
            bars = axis.errorbar(
                place, o.mean, lengths, fmt="o", color=INK, ecolor=colour, capsize=4, markersize=6
            )
            bars[2][0].set_linestyle(line)
        if any(o.useless and np.isfinite(o.low) for o in opinions):
            axis.set_xlabel(f"dashed, useless: under {FEWEST_RATERS} raters", color="#666", size=9)
        for place, mean, low, high in zip(places, means, lows, highs, strict=True):
            above = high < SCORES[-1] - 0.2
            text = (0, 5) if above else (0, -5)
            edge = high if above else low
            anchor = "bottom" if above else "top"
            axis.annotate(
                f"{mean:.2f}", (place, edge), text, textcoords="offset points", ha="center", va=anchor
            )
        axis.set_xlim(-0.6, len(table.methods) - 0.4)
        _score_axis(axis)
        axis.grid(axis="y", alpha=0.3)
        axis.set_ylabel("mean opinion score")
    _save(figure, path)


def draw_distribution(tables: Sequence[Scores], path: Path) -> None:
    """Draws the share of each score among the ratings of each method, and the mean in red."""
    figure, axes = _panels(tables)
    for axis, table in zip(axes, tables, strict=True):
        counts = distribution(table.values)
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        image = axis.imshow(
            share.T, origin="lower", aspect="auto", cmap="Blues", vmin=0, vmax=1, extent=_extent(table)
        )
        for (method, score), part in np.ndenumerate(share):
            ink = "white" if part > 0.55 else "#333"
            axis.text(
                method - 0.12, SCORES[score], f"{part:.0%}", ha="center", va="center", color=ink, size=8
            )
        means = [o.mean for o in mean_opinion(table.values)]
        beside = np.arange(len(means)) + 0.32  # where they cover no figure
        axis.plot(beside, means, "D", color=MARK, markeredgecolor="white", markersize=7)
        _score_axis(axis)
        axis.set_ylabel("score")
    figure.colorbar(image, ax=axes, label="share of ratings", pad=0.01)
    _save(figure, path)


def draw_ranks(tables: Sequence[Scores], path: Path) -> None:
    """Draws the average ordinal rank of each method, with 1, the best, at the top."""
    figure, axes = _panels(tables)
    for axis, table in zip(axes, tables, strict=True):
        ranks, _ = average_ranks(table.values)
        worst = len(table.methods)
        axis.bar(range(worst), worst + 0.5 - ranks, bottom=ranks, color=INK, width=0.7)
        for place, rank in enumerate(ranks):
            if np.isfinite(rank):  # while nobody has rated every version of an image there is none
                axis.annotate(
                    f"{rank:.2f}", (place, rank), (0, 3), textcoords="offset points", ha="center", va="bottom"
                )
        axis.set_ylim(worst + 0.5, 0.2)
        axis.set_yticks(range(1, worst + 1))
        axis.set_ylabel("average rank (1 is best)")
    _save(figure, path)


def _panels(tables: Sequence[Scores]) -> tuple[Figure, list[Axes]]:
    """Returns a figure with a panel for each dataset, one below the other."""
    width = 2 + 0.75 * max(len(table.methods) for table in tables)
    figure = Figure(figsize=(width, 3.8 * len(tables)), layout="constrained")
    axes = list(figure.subplots(len(tables), 1, squeeze=False)[:, 0])
    for axis, table in zip(axes, tables, strict=True):
        axis.set_title(f"{table.data_set} ({table.count:,} ratings)")
        axis.set_xticks(range(len(table.methods)), table.methods, rotation=30, ha="right")
    return figure, axes


def _score_axis(axis: Axes) -> None:
    axis.set_ylim(SCORES[0] - 0.5, SCORES[-1] + 0.5)
    axis.set_yticks(SCORES, [f"{score} {word}" for score, word in zip(SCORES, WORDS, strict=True)])


def _extent(table: Scores) -> tuple[float, float, float, float]:
    return -0.5, len(table.methods) - 0.5, SCORES[0] - 0.5, SCORES[-1] + 0.5


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as beside:
        figure.savefig(beside, dpi=120, metadata={"Software": None})
