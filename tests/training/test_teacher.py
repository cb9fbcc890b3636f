"""Runs that learn another model's pictures."""

import csv
import dataclasses

import keras
import numpy as np
import pytest

from srgan_tf import load
from srgan_tf.config import new_config
from srgan_tf.errors import UsageError
from srgan_tf.models.config import Precision
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.weights import save as save_generator
from srgan_tf.training.run import build, train
from srgan_tf.training.teacher import teacher
from tests.helpers import GAN

LR = np.random.default_rng(0).uniform(0, 1, (2, 6, 6, 3)).astype(np.float32)
HR = np.random.default_rng(1).uniform(-1, 1, (2, 24, 24, 3)).astype(np.float32)


@pytest.fixture
def taught_by(tmp_path):
    """A generator of another size than the run's, whose pictures partly leave [-1, 1]."""
    keras.utils.set_random_seed(3)
    config = GeneratorConfig(blocks=1, filters=4)
    path = tmp_path / "teacher.keras"
    save_generator([3 * w for w in generator(config).get_weights()], config, path)
    return path


def test_pictures_are_the_teachers_and_in_range(tiny, taught_by):
    pictures = load(taught_by)(LR).numpy()
    assert np.abs(pictures).max() > 1
    found = teacher(new_config({**tiny, "teacher": str(taught_by)}), Precision())(LR)
    np.testing.assert_allclose(found, np.clip(pictures, -1, 1), atol=1e-6)


@pytest.mark.parametrize("model", ["srresnet", "espcn", "drcn"])
def test_the_step_compares_with_the_teachers_picture(tiny, taught_by, model):
    baseline = {name: value for name, value in tiny.items() if name not in ("blocks", "filters")}
    values = {**(tiny if model == "srresnet" else baseline), "model": model, "teacher": str(taught_by)}
    keras.utils.set_random_seed(0)
    training, _ = build(new_config(values), None, synchronized=False)
    expected = training.content_loss(
        np.clip(load(taught_by)(LR).numpy(), -1, 1), training.generator(LR, training=True)
    )
    np.testing.assert_allclose(training.train_step((LR, HR))["content"], expected, rtol=1e-3)


def test_a_run_comes_nearer_to_its_teacher(tmp_path, tiny, taught_by):
    run = train({**tiny, "steps": 40, "teacher": str(taught_by)}, tmp_path / "run")
    with run.metrics.open(newline="") as file:
        contents = [float(row["content"]) for row in csv.DictReader(file)]
    assert contents[-1] < 0.8 * contents[0]


def test_a_teacher_of_another_scale_is_refused(tiny, taught_by):
    config = dataclasses.replace(new_config(tiny), scale=2, teacher=str(taught_by))
    with pytest.raises(UsageError, match="enlarges by 4, and the run by --scale=2"):
        teacher(config, Precision())


def test_the_second_phase_has_no_teacher(tiny, taught_by):
    with pytest.raises(
        UsageError, match="--teacher: needs --phase=pretrain, and this run has gan; leave it out"
    ):
        new_config({**tiny, **GAN, "teacher": str(taught_by)})
