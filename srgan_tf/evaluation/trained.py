"""What a run has learned, on its validation images: a table and a picture."""

from pathlib import Path

import numpy as np

from srgan_tf.config import PHASES, load_config
from srgan_tf.data.degradation import upscale_bicubic
from srgan_tf.data.pipeline import validation_pairs
from srgan_tf.data.sources import open_source
from srgan_tf.errors import UsageError
from srgan_tf.evaluation.comparison import Version, busiest_window, side_by_side
from srgan_tf.files import replacing
from srgan_tf.inference.whole import Upscale, upscale_whole
from srgan_tf.metrics.community import score
from srgan_tf.models.saved import load_generator
from srgan_tf.run_directory import RunDirectory, newest_weights

WINDOW = 160


def methods(run_dir: Path, scale: int, downscale: str) -> dict[str, Upscale]:
    """Functions from LR to SR by name: two interpolations and what the run has trained.

    Raises:
      UsageError: the run has no weights of one of its phases.
    """
    trained = {}
    for phase in PHASES:
        run = RunDirectory(run_dir / phase)
        weights = newest_weights(run)
        if weights is None:
            raise UsageError(f"{run_dir}/{phase}/weights is empty; run train.py --phase={phase} first")
        trained[load_config(run.config).variant] = upscale_whole(load_generator(weights))
    return {
        "nearest": lambda lr: lr.repeat(scale, axis=0).repeat(scale, axis=1),
        "bicubic": lambda lr: upscale_bicubic(lr, scale, downscale),
        **trained,
    }


def compare(run_dir: Path) -> tuple[dict[str, tuple[float, float]], Path]:
    """Upscales the run's validation images by every method and draws them side by side.

    Args:
      run_dir: a directory in which both phases were trained.

    Returns:
      Mean PSNR (dB) and SSIM on Y by method, protocol `community`, and the picture's path.

    Raises:
      UsageError: the run is not complete, or has no validation images.
    """
    config = load_config(RunDirectory(run_dir / "pretrain").config)
    if not config.val_data:
        raise UsageError(f"{run_dir}: the run has no --val_data to compare on")
    upscales = methods(run_dir, config.scale, config.downscale)
    source = open_source(config.val_data, split="validation", min_size=16 * config.scale)
    rows, scores = [], {name: [] for name in upscales}
    for _, lr, hr in validation_pairs(source, config.scale, config.downscale):
        versions = []
        for name, upscale in upscales.items():
            sr = upscale(lr)
            result = score(sr, hr, config.scale)
            scores[name].append((result.psnr, result.ssim))
            versions.append(Version(name, f"{result.psnr:.2f} dB / {result.ssim:.4f}", sr))
        versions.append(Version("original", "PSNR / SSIM on Y", hr))
        rows.append((busiest_window(hr, WINDOW), versions))
    path = run_dir / "comparison.png"
    with replacing(path) as beside:
        side_by_side(rows).save(beside)
    means = {name: tuple(np.mean(values, axis=0)) for name, values in scores.items()}
    return means, path
