import numpy as np
import pytest


@pytest.fixture(scope="session")
def chelsea() -> np.ndarray:
    """A photograph that comes with scikit-image, uint8 (128, 160, 3)."""
    from skimage import data

    return data.chelsea()[60:188, 120:280].copy()
