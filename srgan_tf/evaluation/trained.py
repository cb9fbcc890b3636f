"""What trained networks make of photographs they have not seen: figures, and pictures side by side."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from srgan_tf.config import PHASES
from srgan_tf.data.degradation import upscale_bicubic
from srgan_tf.data.pipeline import validation_pairs
from srgan_tf.data.sources import open_source
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.comparison import Version, busiest_window, side_by_side
from srgan_tf.files import replacing
from srgan_tf.inference.whole import Upscale, upscale_whole
from srgan_tf.metrics.community import score
from srgan_tf.models.weights import load as load_generator
from srgan_tf.run_directory import RunDirectory, newest_weights
from srgan_tf.stored_config import load_config

WINDOW = 160

Means = dict[str, tuple[float, float]]
"""Mean PSNR (dB) and SSIM on Y by method, protocol `community`."""


def interpolations(scale: int, downscale: str) -> dict[str, Upscale]:
    """Nearest neighbour and bicubic, as functions from LR to SR."""
    return {
        "nearest": lambda lr: lr.repeat(scale, axis=0).repeat(scale, axis=1),
        "bicubic": lambda lr: upscale_bicubic(lr, scale, downscale),
    }


def compare_run(run_dir: Path) -> tuple[Means, Path]:
    """Both phases of a run on its validation images.

    Args:
      run_dir: a directory in which both phases were trained.

    Returns:
      The figures, and the path of the picture.

    Raises:
      UsageError: the run is not complete, or has no validation images.
    """
    config = load_config(RunDirectory(run_dir / "pretrain").config)
    if not config.val_data:
        raise UsageError(f"{run_dir}: the run has no --val_data to compare on")
    upscales = interpolations(config.scale, config.downscale)
    for phase in PHASES:
        run = RunDirectory(run_dir / phase)
        weights = newest_weights(run)
        if weights is None:
            raise UsageError(f"{run_dir}/{phase}/weights is empty; run train.py --phase={phase} first")
        upscales[load_config(run.config).variant] = upscale_whole(load_generator(weights))
    source = open_source(config.val_data, split="validation", min_size=16 * config.scale)
    pairs = validation_pairs(source, config.scale, config.downscale)
    path = run_dir / "comparison.png"
    return compare(upscales, ((lr, hr) for _, lr, hr in pairs), config.scale, path), path


def compare_released(names: Iterable[str], path: Path) -> Means:
    """Released models on the sample's held-out photographs, enlarged by four.

    Args:
      names: of released models.
      path: where the picture goes.
    """
    upscales = interpolations(4, "pillow") | {name: upscale_whole(load_generator(name)) for name in names}
    pairs = validation_pairs(open_source("sample", split="validation"), 4, "pillow")
    return compare(upscales, ((lr, hr) for _, lr, hr in pairs), 4, path)


def compare(
    upscales: dict[str, Upscale],
    pairs: Iterable[tuple[np.ndarray, np.ndarray]],
    scale: int,
    path: Path,
    window: int = WINDOW,
) -> Means:
    """Upscales pictures by every method and draws them side by side, the original last.

    Args:
      upscales: functions from LR to SR by name.
      pairs: LR uint8 (h, w, 3) and HR uint8 (scale*h, scale*w, 3).
      scale: enlargement of each side.
      path: where the picture goes; its suffix says in which format.
      window: side of what is shown of each picture, HR pixels.

    Returns:
      The figures.
    """
    rows, scores = [], {name: [] for name in upscales}
    for lr, hr in pairs:
        versions = []
        for name, upscale in upscales.items():
            sr = upscale(lr)
            result = score(sr, hr, scale)
            scores[name].append((result.psnr, result.ssim))
            versions.append(Version(name, f"{result.psnr:.2f} dB / {result.ssim:.4f}", sr))
        versions.append(Version("original", "PSNR / SSIM on Y", hr))
        rows.append((busiest_window(hr, window), versions))
    with replacing(path) as beside:
        side_by_side(rows).save(beside, quality=92, subsampling=0)
    return {name: tuple(np.mean(values, axis=0)) for name, values in scores.items()}
