"""The released models are what their cards say."""

import re

import numpy as np
import pytest

from srgan_tf.config import RunConfig
from srgan_tf.evaluation.datasets import find_images
from srgan_tf.evaluation.evaluate import evaluate
from srgan_tf.evaluation.methods import network
from srgan_tf.evaluation.protocols import protocols_named
from srgan_tf.models.config import config_from
from srgan_tf.models.vgg import features_name
from srgan_tf.models.weights import card, names
from srgan_tf.new_config import new_config

STARTS = ("init_from", "teacher")


def config_of_command(command):
    """Returns the config of a `python train.py --NAME=VALUE ...`."""
    default = RunConfig()
    flags = dict(re.findall(r"--(\w+)=(\S+)", command))
    assert command == "python train.py " + " ".join(f"--{name}={value}" for name, value in flags.items())
    return new_config({name: type(getattr(default, name))(value) for name, value in flags.items()})


def steps_to(run, runs):
    """Returns the steps of a run and of those on the card that made its start."""
    start = re.search(r"--init_from=(\S+)", run["command"])
    return run["steps"] + sum(steps_to(each, runs) for each in runs if start and each["name"] == start[1])


@pytest.mark.parametrize("name", names())
def test_the_commands_of_a_card_make_the_model(name):
    facts, made = card(name), []
    for run in facts["runs"]:
        config = config_of_command(run["command"])
        for flag in STARTS:
            if start := getattr(config, flag):
                assert start in made or (start in names() and start != name), f"{run['command']}: {start}?"
        assert 0 < run["steps"] <= config.steps
        assert run["steps"] == config.steps or "Stopped at step" in run["note"]
        made.append(run["name"])
    assert made[-1] == name
    assert len(set(made)) == len(made)
    assert config.generator == config_from(facts["generator"])
    assert facts["steps"] == steps_to(facts["runs"][-1], facts["runs"])


def test_released_models_that_start_from_each_other_do_not_go_in_circles():
    def starts(name):
        for run in card(name)["runs"]:
            config = config_of_command(run["command"])
            yield from (getattr(config, flag) for flag in STARTS if getattr(config, flag) in names())

    def follow(name, path):
        assert name not in path, f"{path} leads to {name} again"
        for start in starts(name):
            follow(start, (*path, name))

    for name in names():
        follow(name, ())


@pytest.mark.parametrize("name", names())
def test_a_card_names_the_features_and_the_terms(name):
    facts = card(name)
    config = config_of_command(facts["runs"][-1]["command"])
    if config.phase == "gan":
        features, *terms = facts["variant"].removesuffix(")").split("; ")
        assert features == f"SRGAN ({features_name(config.content_loss, config.vgg_weights)}"
        assert terms == config.variant.removesuffix(")").split("; ")[1:]
        assert "sub-pixel constraint" in terms
    assert "Apache-2.0" in facts["terms"]
    assert ("ImageNet" in facts["data"]) == ("non-commercial research only" in facts["terms"])


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_a_released_model_scores_on_set5_what_its_card_says(srgan_data, tmp_path, name):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "Set5").symlink_to(srgan_data / "benchmarks" / "Set5")
    method = network(name, name, 4, "float32")
    images = find_images(tmp_path / "benchmarks")
    evaluation = evaluate(images, [method], protocols_named("paper"), 4, tmp_path / "report")
    assert not evaluation.problems
    psnr, ssim = np.mean([(r.values["psnr"], r.values["ssim"]) for r in evaluation.results], axis=0)
    expected = card(name)["figures"]["paper"]["Set5"]
    assert psnr == pytest.approx(expected["psnr"], abs=0.01)
    assert ssim == pytest.approx(expected["ssim"], abs=0.0005)
