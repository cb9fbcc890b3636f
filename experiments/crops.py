"""The same small windows of each method's images, as in the paper's figures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from srgan_tf.evaluation.comparison import Version, Window, busiest_window
from srgan_tf.evaluation.results import Evaluation
from srgan_tf.images import read_rgb


def detailed_crops(
    evaluation: Evaluation, report: Path, methods: Sequence[str], side: int, count: int
) -> list[tuple[Window, list[Version]]]:
    """Returns the most detailed windows of an evaluation, in each method's images and, last, in HR.

    Images of a benchmark must not be given away whole, so a window is at most a quarter of an image.

    Args:
      evaluation: under one protocol.
      report: its folder.
      methods: from left to right.
      side: of a window, pixels.
      count: the most windows: one in an image, the most detailed images first.

    Returns:
      Windows and their versions, as `experiments.page.save_crops` takes them.
    """
    protocol = evaluation.protocols[0].name
    results = {(r.dataset, r.image, r.method): r for r in evaluation.results if r.protocol == protocol}
    found = []
    for reference in evaluation.references:
        hr = read_rgb(report / reference.file)
        window = busiest_window(hr, min(side, *(length // 2 for length in hr.shape[:2])))
        inside = hr[window.top : window.top + window.side, window.left : window.left + window.side]
        detail = float(np.abs(np.diff(inside.astype(np.float64), axis=0)).mean())
        found.append((detail, reference, window, hr))
    found.sort(key=lambda one: -one[0])
    rows = []
    for _, reference, window, hr in found[:count]:
        versions = []
        for method in methods:
            if result := results.get((reference.dataset, reference.name, method)):
                caption = f"{result.values['psnr']:.2f} dB"
                versions.append(Version(method, caption, read_rgb(report / result.file)))
        rows.append((window, [*versions, Version("HR", f"{reference.dataset}, {reference.name}", hr)]))
    return rows
