"""Validation on whole images: PSNR and SSIM on Y, protocol `community`."""

from collections.abc import Callable, Iterator

import numpy as np

from srgan_tf.data.pipeline import validation_pairs
from srgan_tf.data.sources import Source
from srgan_tf.metrics.community import score
from srgan_tf.metrics.score import Score


def scores(
    upscale: Callable[[np.ndarray], np.ndarray], source: Source, scale: int, downscale: str, count: int
) -> Iterator[tuple[str, np.ndarray, Score]]:
    """Upscales the first `count` images of a source.

    Yields:
      Name, SR picture uint8 (H, W, 3), and its score against the original without a border of `scale` pixels.
    """
    for i, (name, lr, hr) in enumerate(validation_pairs(source, scale, downscale)):
        if i == count:
            return
        sr = upscale(lr)
        yield name, sr, score(sr, hr, scale)
