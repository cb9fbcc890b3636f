"""Training of the baselines: DRCN's objective against float64 NumPy, and each model from files to weights."""

import keras
import numpy as np
import pytest
from skimage.color import rgb2ycbcr

from srgan_tf.config import new_config
from srgan_tf.errors import UsageError
from srgan_tf.models.baselines import RECURSIONS, BaselineConfig, drcn
from srgan_tf.models.networks import config_of
from srgan_tf.models.weights import load as load_generator
from srgan_tf.training.content import content_loss
from srgan_tf.training.drcn import DRCNTraining
from srgan_tf.training.run import build, train
from tests.helpers import TINY_RUN

SMALL = {name: value for name, value in TINY_RUN.items() if name not in ("blocks", "filters")}


def batch():
    rng = np.random.default_rng(0)
    hr = rng.uniform(-1, 1, (2, 16, 16, 3)).astype(np.float32)
    return hr.reshape(2, 4, 4, 4, 4, 3).mean((2, 4)) / 2 + 0.5, hr


def y_of(picture):
    return np.stack([rgb2ycbcr((p.astype(np.float64) + 1) / 2)[..., :1] / 255 for p in picture])


def objective(model, lr, hr, alpha):
    every = keras.Model(model.input, model.get_layer(RECURSIONS).output)(lr).numpy().astype(np.float64)
    y = y_of(hr)
    of_recursions = np.square(y - every).sum((1, 2)).mean() / 2  # over crops and recursions alike
    of_ensemble = np.square(y - y_of(model(lr).numpy())).sum((1, 2, 3)).mean() / 2
    decay = 1e-4 * sum(np.square(w.astype(np.float64)).sum() for w in model.get_weights())
    return alpha * of_recursions + (1 - alpha) * of_ensemble + decay


def test_drcn_minimises_the_papers_objective_and_supervision_fades(image_folder):
    keras.utils.set_random_seed(0)
    config = new_config({**SMALL, "data": str(image_folder), "model": "drcn", "steps": 4})
    model = drcn(filters=4, recursions=3)
    model.get_layer("ensemble").kernel.assign(np.array([0.1, 0.3, 0.4]).reshape(1, 1, 3, 1))
    training = DRCNTraining(model, content_loss(config), config)
    lr, hr = batch()
    for alpha in (1.0, 0.75, 0.5, 0.25):
        expected = objective(model, lr, hr, alpha)
        content = np.square(2 * (y_of(hr) - y_of(model(lr).numpy()))).mean()
        terms = training.train_step((lr, hr))
        assert float(terms["loss"]) == pytest.approx(expected, rel=1e-4)
        assert float(terms["content"]) == pytest.approx(content, rel=1e-4)


@pytest.mark.parametrize("model", ["srcnn", "espcn"])
def test_the_loss_of_luma_falls_on_a_repeated_batch(image_folder, model):
    keras.utils.set_random_seed(1)
    values = {"data": str(image_folder), "model": model, "steps": 60, "warmup_steps": 0}
    training, _ = build(new_config({**SMALL, **values}), None, synchronized=False)
    lr, _ = batch()
    hr = 2 * lr.repeat(4, axis=1).repeat(4, axis=2) - 1
    history = [float(training.train_step((lr, hr))["content"]) for _ in range(60)]
    assert history[-1] < 0.5 * history[0]


@pytest.mark.parametrize("model", ["srcnn", "espcn", "drcn"])
def test_every_baseline_trains_from_files_to_weights(tmp_path, image_folder, model):
    values = {"data": str(image_folder), "model": model, "steps": 1, "batch_size": 2, "crop_size": 16}
    run = train({**SMALL, **values}, tmp_path)
    (weights,) = run.weights.iterdir()
    assert config_of(load_generator(weights)) == BaselineConfig(model)
    with pytest.raises(UsageError, match=f"--model={model}: a baseline is trained with --phase=pretrain"):
        train({"phase": "gan", "content_loss": "mse"}, tmp_path)


def test_a_baseline_has_no_size_to_choose(image_folder):
    with pytest.raises(
        UsageError, match="--filters: needs --model=srresnet, and this run has srcnn; leave it out"
    ):
        new_config({"data": str(image_folder), "model": "srcnn", "filters": 32})
