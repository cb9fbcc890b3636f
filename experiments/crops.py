"""The same small windows of each method's images, as in the paper's figures."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from srgan_tf.evaluation.comparison import Version, Window
from srgan_tf.evaluation.results import Evaluation
from srgan_tf.images import read_rgb

BLOCK = 4
"""Side of an LR pixel, at the scale of the paper."""
ENOUGH = 20.0
"""Levels."""


def detailed_crops(
    evaluation: Evaluation, report: Path, methods: Sequence[str], side: int, count: int
) -> list[tuple[Window, list[Version]]]:
    """Returns the most detailed windows of an evaluation, in each method's images and, last, in HR.

    Detail is texture and edges all over a window, of which LR still holds a part: where it holds nothing, all
    methods guess. Images of a benchmark must not be given away whole: a window is at most a quarter of one.

    Args:
      evaluation: under one protocol.
      report: its folder.
      methods: from left to right.
      side: of a window, pixels.
      count: the most windows: one in an image, the most detailed images first, the datasets in turns.

    Returns:
      Windows and their versions, as `experiments.page.save_crops` takes them.
    """
    protocol = evaluation.protocols[0].name
    results = {(r.dataset, r.image, r.method): r for r in evaluation.results if r.protocol == protocol}
    found: dict[str, list] = {}
    for reference in evaluation.references:
        hr = read_rgb(report / reference.file)
        detail, window = _window(hr, side)
        found.setdefault(reference.dataset, []).append((detail, reference, window, hr))
    for of_dataset in found.values():
        of_dataset.sort(key=lambda one: -one[0])
    turns = [one for turn in zip_longest(*found.values()) for one in turn if one]
    rows = []
    for _, reference, window, hr in turns[:count]:
        versions = []
        for method in methods:
            if result := results.get((reference.dataset, reference.name, method)):
                caption = f"{result.values['psnr']:.2f} dB"
                versions.append(Version(method, caption, read_rgb(report / result.file)))
        rows.append((window, [*versions, Version("HR", f"{reference.dataset}, {reference.name}", hr)]))
    return rows


def _window(hr: np.ndarray, side: int) -> tuple[float, Window]:
    """The window of an image with the most detail, and how much it has, in levels.

    The geometric mean of two parts: deviations inside blocks of 4x4 pixels, which are gone in LR, and changes
    from block to block, which are there. A strong edge counts no more than `ENOUGH` in both.
    """
    side = min(side, *(length // 2 for length in hr.shape[:2])) // BLOCK
    height, width = (length // BLOCK for length in hr.shape[:2])
    grey = hr[: height * BLOCK, : width * BLOCK].mean(axis=2)
    blocks = grey.reshape(height, BLOCK, width, BLOCK)
    fine, coarse = blocks.std(axis=(1, 3)), np.hypot(*np.gradient(blocks.mean(axis=(1, 3))))
    sums = []
    for part in (fine, coarse):
        whole = np.pad(np.minimum(part, ENOUGH), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        sums.append(whole[side:, side:] - whole[:-side, side:] - whole[side:, :-side] + whole[:-side, :-side])
    detail = np.sqrt(np.maximum(sums[0] * sums[1], 0)) / side**2
    top, left = np.unravel_index(int(np.argmax(detail)), detail.shape)
    return float(detail.max()), Window(int(top) * BLOCK, int(left) * BLOCK, side * BLOCK)
