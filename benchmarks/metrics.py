"""Each metric's time per megapixel, in seconds of one core."""

import sys
import time

import numpy as np
from skimage import data

from benchmarks.results import show
from srgan_tf.data.degradation import downscale, upscale_bicubic
from srgan_tf.errors import exit_code
from srgan_tf.markdown import markdown_table
from srgan_tf.metrics import community, paper
from srgan_tf.metrics.niqe import FEATURES, NaturalModel, niqe
from srgan_tf.metrics.paper_dither import rgb_dither

REPEATS = 7


def best_seconds(work) -> float:
    """Returns the least processor time of a few runs."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def once(work) -> float:
    """Returns the processor time of a first run."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure() -> str:
    """Returns the section, timed on a 512x512 pair."""
    hr = data.astronaut()
    lr = downscale(hr, 4, "matlab")
    sr = upscale_bicubic(lr, 4, "matlab")
    model = NaturalModel(np.zeros(FEATURES), np.eye(FEATURES))
    luma_sr, luma_hr = paper.luma(sr), paper.luma(hr)
    y_sr, y_hr = community.luma(sr), community.luma(hr)
    rows = {
        "paper: dither of a new size": once(lambda: rgb_dither.__wrapped__(*hr.shape[:2])),
        "paper: luma of both": best_seconds(lambda: [paper.luma(p) for p in (sr, hr)]),
        "paper: PSNR": best_seconds(lambda: paper.psnr(luma_sr, luma_hr)),
        "paper: SSIM": best_seconds(lambda: paper.ssim(luma_sr, luma_hr)),
        "paper: all": best_seconds(lambda: paper.score(sr, hr, 0)),
        "community: luma of both": best_seconds(lambda: [community.luma(p) for p in (sr, hr)]),
        "community: PSNR": best_seconds(lambda: community.psnr(y_sr, y_hr)),
        "community: SSIM": best_seconds(lambda: community.ssim(y_sr, y_hr)),
        "community: all": best_seconds(lambda: community.score(sr, hr, 0)),
        "community: LR by imresize": best_seconds(lambda: downscale(hr, 4, "matlab")),
        "paper: LR by Pillow": best_seconds(lambda: downscale(hr, 4, "pillow")),
        "NIQE": best_seconds(lambda: niqe(sr, model)),
    }
    assert np.isfinite(list(rows.values())).all()
    megapixels = hr.shape[0] * hr.shape[1] / 1e6
    return markdown_table(
        ["a pair of 512x512, one core", "s", "s per megapixel"],
        [[name, f"{s:.4f}", f"{s / megapixels:.3f}"] for name, s in rows.items()],
    )


if __name__ == "__main__":
    sys.exit(exit_code(lambda: show(measure)))
