"""From a run and its figures to a released model and its card."""

import json

import numpy as np
import pytest

from srgan_tf import load
from srgan_tf.errors import UsageError
from srgan_tf.models import weights
from srgan_tf.new_config import new_config
from srgan_tf.training.run import train
from tests.helpers import TINY_RUN
from tools.release import evaluated_figures, facts, hours, train_command


@pytest.fixture
def figures(tmp_path):
    means = [
        {"protocol": "paper", "data_set": "Set5", "method": method, "figure": figure, "mean": mean}
        for method, figure, mean in (
            ("mine", "psnr", 30.123456),
            ("mine", "ssim", 0.87654321),
            ("mine", "NIQE", 4.0),
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
    assert evaluated_figures(figures, "mine") == {
        "paper": {"Set5": {"psnr": 30.1235, "ssim": 0.8765, "NIQE": 4.0}}
    }
    with pytest.raises(UsageError, match="no figures of yours"):
        evaluated_figures(figures, "yours")


def test_a_run_that_replaces_the_model_it_started_from_names_the_runs_before(image_folder):
    config = new_config({"data": str(image_folder), "model": "espcn", "init_from": "espcn"})
    assert "--init_from=espcn" in train_command(config).split()
    assert "--init_from=SHORTER" in train_command(config, "SHORTER").split()


@pytest.mark.slow
def test_a_run_becomes_a_model_with_a_card(tmp_path, image_folder, figures):
    values = {**TINY_RUN, "data": str(image_folder), "steps": 2, "learning_rate": 1e-4}
    run = train(values, tmp_path / "run")
    said = {
        "name": "mine",
        "figures": str(figures),
        "commit": "abc",
        "hardware": "a desk",
        "data": "d",
        "data_terms": "t",
        "terms": "Apache-2.0",
    }
    card = facts(run.root, said)
    (only,) = card["runs"]
    assert only["name"] == "mine"
    assert card["steps"] == only["steps"] == 2
    assert "--blocks=2" in only["command"]
    assert "--data=PHOTOGRAPHS" in only["command"]
    assert "--learning_rate=0.0001" in only["command"], "a preset's rate may change after the commit"
    assert "--recursions" not in only["command"], "what has no effect is left out"
    assert "--schedule" not in only["command"], "what the preset says is left out"
    assert facts(run.root, {**said, "note": "n"})["note"] == "n"
    assert str(image_folder) not in json.dumps(card), "the card names no path of the machine"
    model = load(run.root)
    weights.release(model, "mine", card, tmp_path / "weights")
    written = json.loads((tmp_path / "weights" / "mine.json").read_text())
    assert written["figures"]["paper"]["Set5"]["ssim"] == 0.8765
    with np.load(tmp_path / "weights" / "mine.npz") as arrays:
        for i, weight in enumerate(model.get_weights()):
            np.testing.assert_allclose(arrays[f"w{i}"], weight, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_a_run_that_continues_another_names_it(tmp_path, image_folder, figures):
    first = train({**TINY_RUN, "data": str(image_folder), "steps": 2}, tmp_path / "first")
    given = {**TINY_RUN, "data": str(image_folder), "steps": 4, "init_from": str(first.root)}
    second = train(given, tmp_path / "second")
    said = {name: name for name in ("commit", "hardware", "data", "data_terms", "terms")} | {
        "name": "mine",
        "figures": str(figures),
    }
    with pytest.raises(UsageError, match=r"the run started from .*first.*--before"):
        facts(second.root, said)
    (tmp_path / "before.json").write_text(
        json.dumps([{**facts(first.root, said)["runs"][0], "name": "FIRST"}])
    )
    card = facts(second.root, {**said, "before": str(tmp_path / "before.json")})
    assert [run["name"] for run in card["runs"]] == ["FIRST", "mine"]
    assert (
        card["runs"][1]["command"].endswith("--init_from=FIRST")
        or "--init_from=FIRST " in card["runs"][1]["command"]
    )
    assert card["steps"] == 6
    assert str(tmp_path) not in json.dumps(card)
