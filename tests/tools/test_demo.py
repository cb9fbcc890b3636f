"""The demo's second half: what a finished run looks like to a person."""

import pytest
from PIL import Image

from srgan_tf.errors import UsageError
from srgan_tf.evaluation.trained import compare_released, compare_run
from srgan_tf.training.run import train
from tests.helpers import TINY_RUN


def test_both_phases_are_compared_on_held_out_photographs(tmp_path):
    values = {**TINY_RUN, "data": "sample", "steps": 1, "val_every": 10, "val_images": 1}
    train(values, tmp_path)
    with pytest.raises(UsageError, match="--phase=gan"):
        compare_run(tmp_path)
    train({**values, "phase": "gan", "content_loss": "mse"}, tmp_path)
    means, path = compare_run(tmp_path)
    assert list(means) == ["nearest", "bicubic", "SRResNet-MSE", "SRGAN-MSE"]
    assert means["bicubic"][0] > means["nearest"][0] > 20
    with Image.open(path) as picture:
        assert picture.width > 5 * 300


def test_released_models_need_no_run(tmp_path):
    means = compare_released(["srresnet"], tmp_path / "released.png")
    assert list(means) == ["nearest", "bicubic", "srresnet"]
    assert means["srresnet"][0] > means["bicubic"][0] + 0.3
    with Image.open(tmp_path / "released.png") as picture:
        assert picture.width > 4 * 300
