"""Two small datasets and a method's images, cut from a photograph that comes with scikit-image."""

from pathlib import Path

import numpy as np
import pytest

from tests.helpers import opened, save


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    from skimage import data

    return data.astronaut()


@pytest.fixture
def benchmarks(tmp_path, astronaut) -> Path:
    """Sets "Large" of three images and "Small" of two, one of them grey with an odd side."""
    root = tmp_path / "benchmarks"
    for i in range(3):
        save(astronaut[100 : 148 + 8 * i, 120 + 50 * i : 180 + 50 * i], root / f"Large/face{i}.png")
    save(astronaut[10:62, 20:80], root / "Small/a.png")
    save(astronaut[200:250, 30:83, 0], root / "Small/b.png")
    return root


@pytest.fixture
def theirs(tmp_path, benchmarks) -> Path:
    """Somebody's images of "Small": the originals, cropped to multiples of 4, with noise in the second."""
    root = tmp_path / "theirs"
    save(opened(benchmarks / "Small/a.png")[:52, :60], root / "a_theirs.png")
    b = opened(benchmarks / "Small/b.png")[:48, :52].astype(int)
    save((b + np.arange(b.size).reshape(b.shape) % 7).clip(0, 255).astype(np.uint8), root / "b.png")
    return root
