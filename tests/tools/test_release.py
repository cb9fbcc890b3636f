"""From a run and its figures to a released model and its card."""

import json

import numpy as np
import pytest

from srgan_tf import load
from srgan_tf.errors import UsageError
from srgan_tf.models import weights
from srgan_tf.training.run import train
from tests.helpers import TINY_RUN
from tools.release import benchmark_figures, facts, hours


@pytest.fixture
def figures(tmp_path):
    means = [
        {"protocol": "paper", "data_set": "Set5", "method": method, "figure": figure, "mean": mean}
        for method, figure, mean in (
            ("mine", "psnr", 30.123456),
            ("mine", "ssim", 0.87654321),
            ("mine", "niqe", 4.0),
            ("bicubic", "psnr", 28.4),
        )
    ]
    path = tmp_path / "figures.json"
    path.write_text(json.dumps({"means": means}))
    return path


def test_hours_are_those_of_the_logged_steps(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step,steps_per_second\n100,2\n150,\n200,4\n")
    assert hours(path) == pytest.approx((100 / 2 + 100 / 4) / 3600)


def test_figures_are_those_of_the_method(figures):
    assert benchmark_figures(figures, "mine") == {"paper": {"Set5": {"psnr": 30.1235, "ssim": 0.8765}}}
    with pytest.raises(UsageError, match="no figures of yours"):
        benchmark_figures(figures, "yours")


def test_a_run_becomes_a_model_with_a_card(tmp_path, image_folder, figures):
    run = train({**TINY_RUN, "data": str(image_folder), "steps": 2}, tmp_path / "run")
    said = {
        "name": "mine",
        "figures": str(figures),
        "commit": "abc",
        "hardware": "a desk",
        "data": "d",
        "terms": "t",
    }
    card = facts(run.root, said)
    assert card["steps"] == card["steps_planned"] == 2
    assert "--blocks=2" in card["command"]
    assert "--data=PHOTOGRAPHS" in card["command"]
    assert "--schedule" not in card["command"], "what the preset says is left out"
    assert facts(run.root, {**said, "before": "a; b", "note": "n"})["before"] == ["a", "b"]
    assert str(image_folder) not in json.dumps(card), "the card names no path of the machine"
    model = load(run.root)
    weights.release(model, "mine", card, tmp_path / "weights")
    written = json.loads((tmp_path / "weights" / "mine.json").read_text())
    assert written["figures"]["paper"]["Set5"]["ssim"] == 0.8765
    with np.load(tmp_path / "weights" / "mine.npz") as arrays:
        for i, weight in enumerate(model.get_weights()):
            np.testing.assert_allclose(arrays[f"w{i}"], weight, rtol=1e-3, atol=1e-6)
