"""Windows that show what methods can differ in."""

import numpy as np

from experiments.crops import _window
from srgan_tf.evaluation.comparison import Window


def test_a_window_shows_detail_of_which_lr_still_holds_a_part():
    rng = np.random.default_rng(0)
    hr = np.full((128, 160, 3), 128, np.uint8)
    hr[:32, :32] = (np.indices((32, 32)).sum(axis=0) % 2 * 255)[..., None]  # gone in LR
    hr[64:96, 96:128] = rng.integers(0, 256, (16, 16, 1)).repeat(2, axis=0).repeat(2, axis=1)
    detail, window = _window(hr, 32)
    assert window == Window(64, 96, 32)
    assert 15 < detail <= 20
    assert _window(hr[:40, :40], 64)[1].side == 20
