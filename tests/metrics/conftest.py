"""Small images that the metrics' tests share."""

from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture(scope="session")
def random_pair() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Makes (sr, hr): a colour image with structure, and the same with noise; uint8, (height, width, 3)."""

    def pair(height: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[:height, :width][..., np.newaxis]
        hr = 128 + 90 * np.sin(x / rng.uniform(2, 9, 3) + y / rng.uniform(2, 9, 3))
        sr = hr + rng.normal(0, rng.uniform(1, 25), hr.shape)
        return tuple(np.clip(np.rint(image), 0, 255).astype(np.uint8) for image in (sr, hr))

    return pair
