"""The losses of a run: the content loss, distillation, and the baselines' own."""

import csv
import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import chisquare
from skimage.color import rgb2ycbcr

from srgan_tf import load
from srgan_tf.errors import UsageError
from srgan_tf.losses import consistency_loss, feature_loss, grid_loss
from srgan_tf.models.config import BaselineConfig, Precision
from srgan_tf.models.drcn import RECURSIONS, drcn
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.networks import config_of
from srgan_tf.models.vgg import feature_extractor, vgg19_until
from srgan_tf.models.weights import load as load_generator
from srgan_tf.models.weights import save as save_generator
from srgan_tf.new_config import new_config
from srgan_tf.training.objectives import content_loss, drawn_recursions, teacher
from srgan_tf.training.phases import Pretraining
from srgan_tf.training.run import build, train
from tests.helpers import GAN, TINY_RUN

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)


def test_the_loss_is_the_papers_and_what_is_asked_for_besides(tmp_path):
    keras.utils.set_random_seed(0)
    path = str(tmp_path / "features.keras")
    vgg19_until("block2_conv2", None).save(path)
    config = new_config(
        {"phase": "gan", "content_loss": "vgg22", "vgg_weights": path, "data": "x", "crop_size": 32}
    )
    features = feature_extractor("vgg22", path)
    hr, sr = IMAGES[:1], IMAGES[1:]
    expected = feature_loss(features(hr), features(sr))
    np.testing.assert_allclose(content_loss(config)(hr, sr), expected, rtol=1e-6)
    more = dataclasses.replace(config, scale=2, pixel_weight=2.0, grid_weight=3.0, consistency_weight=4.0)
    expected = (
        expected + 2 * np.mean((hr - sr) ** 2) + 3 * grid_loss(hr, sr, 2) + 4 * consistency_loss(hr, sr, 2)
    )
    np.testing.assert_allclose(content_loss(more)(hr, sr), expected, rtol=1e-5)
    seen = content_loss(more)(hr, sr, lambda image: image[:, 3:19, 5:21])
    of_window = feature_loss(*(features(image[:, 3:19, 5:21]) for image in (hr, sr)))
    np.testing.assert_allclose(
        seen - of_window, expected - feature_loss(features(hr), features(sr)), rtol=1e-4
    )


def test_the_terms_stand_beside_mse_too():
    terms = {"pixel_weight": 2.0, "grid_weight": 3.0, "consistency_weight": 4.0}
    config = new_config({"data": "x", "crop_size": 32, "scale": 2, **terms})
    hr, sr = IMAGES[:1], IMAGES[1:]
    expected = 3 * np.mean((hr - sr) ** 2) + 3 * grid_loss(hr, sr, 2) + 4 * consistency_loss(hr, sr, 2)
    np.testing.assert_allclose(content_loss(config)(hr, sr), expected, rtol=1e-5)


SMALL = {name: value for name, value in TINY_RUN.items() if name not in ("blocks", "filters")}


def batch():
    rng = np.random.default_rng(0)
    hr = rng.uniform(-1, 1, (2, 16, 16, 3)).astype(np.float32)
    return hr.reshape(2, 4, 4, 4, 4, 3).mean((2, 4)) / 2 + 0.5, hr


def y_of(image):
    return np.stack([rgb2ycbcr((p.astype(np.float64) + 1) / 2)[..., :1] / 255 for p in image])


def objective(model, lr, hr, alpha):
    every = keras.Model(model.input, model.get_layer(RECURSIONS).output)(lr).numpy().astype(np.float64)
    y = y_of(hr)
    of_recursions = np.square(y - every).sum((1, 2)).mean() / 2  # over crops and recursions alike
    of_ensemble = np.square(y - y_of(model(lr).numpy())).sum((1, 2, 3)).mean() / 2
    decay = 1e-4 * sum(np.square(w.astype(np.float64)).sum() for w in model.get_weights())
    return alpha * of_recursions + (1 - alpha) * of_ensemble + decay


@pytest.mark.parametrize(
    ("steps", "lengths", "alphas"),
    [
        (4, {}, (1.0, 0.75, 0.5, 0.25)),
        (8, {"2": 4}, (1.0, 0.75, 0.75, 0.625)),  # of four steps until it grew after two
    ],
)
def test_drcn_minimises_the_papers_objective_and_supervision_fades(image_folder, steps, lengths, alphas):
    keras.utils.set_random_seed(0)
    values = {"data": str(image_folder), "model": "drcn", "recursions": 3, "predictions": 0, "steps": steps}
    config = new_config({**SMALL, **values})
    config = dataclasses.replace(config, lengths=lengths)
    model = drcn(filters=4, recursions=3)
    model.get_layer("ensemble").kernel.assign(np.array([0.1, 0.3, 0.4]).reshape(1, 1, 3, 1))
    training = Pretraining(model, content_loss(config), config)
    lr, hr = batch()
    for alpha in alphas:
        expected = objective(model, lr, hr, alpha)
        content = np.square(2 * (y_of(hr) - y_of(model(lr).numpy()))).mean()
        terms = training.train_step((lr, hr))
        assert float(terms["loss"]) == pytest.approx(expected, rel=1e-4)
        assert float(terms["content"]) == pytest.approx(content, rel=1e-4)


def test_a_step_may_take_some_of_drcns_recursions_for_all(image_folder):
    values = {"data": str(image_folder), "model": "drcn", "recursions": 6, "predictions": 3, "steps": 4}
    config = new_config({**SMALL, **values})
    model = drcn(filters=4, recursions=6)
    rng = np.random.default_rng(2)
    model.set_weights([rng.normal(0, 0.2, w.shape) for w in model.weights])
    weights = np.array([0.1, 0.3, 0.2, 0.2, 0.1, 0.4])
    model.get_layer("ensemble").kernel.assign(weights.reshape(1, 1, 6, 1))
    training = Pretraining(model, content_loss(config), config)
    lr, hr = batch()
    drawn = set()
    for done, alpha in enumerate((1.0, 0.75, 0.5, 0.25)):
        chosen = drawn_recursions(config, tf.constant(done)).numpy()
        every = keras.Model(model.input, model.get_layer(RECURSIONS).output)(lr).numpy().astype(np.float64)
        kernel = model.get_layer("ensemble").kernel.numpy().ravel().astype(np.float64)
        theirs = kernel[chosen] * kernel.sum() / kernel[chosen].sum()
        y, some = y_of(hr), every[..., chosen]
        of_recursions = np.square(y - some).sum((1, 2)).mean() / 2
        of_ensemble = np.square(y[..., 0] - some @ theirs).sum((1, 2)).mean() / 2
        decay = 1e-4 * sum(np.square(w.astype(np.float64)).sum() for w in model.get_weights())
        terms = training.train_step((lr, hr))
        expected = alpha * of_recursions + (1 - alpha) * of_ensemble + decay
        assert float(terms["loss"]) == pytest.approx(expected, rel=1e-4)
        drawn.add(tuple(chosen))
    assert len(drawn) > 1


@pytest.mark.parametrize(("recursions", "predictions"), [(9, 3), (7, 3), (4, 1), (5, 5)])
def test_every_recursion_is_drawn_equally_often(image_folder, recursions, predictions):
    values = {"data": str(image_folder), "model": "drcn", "recursions": recursions}
    config = new_config({**SMALL, **values, "predictions": predictions})
    draws = np.array([drawn_recursions(config, tf.constant(done)).numpy() for done in range(900)])
    assert draws.shape == (900, predictions)
    assert (np.diff(draws, axis=1) >= 0).all()
    counts = np.bincount(draws.ravel(), minlength=recursions)
    assert chisquare(counts).pvalue > 1e-3
    np.testing.assert_array_equal(draws[7], drawn_recursions(config, tf.constant(7)).numpy())


@pytest.mark.slow
@pytest.mark.parametrize("model", ["srcnn", "espcn"])
def test_the_loss_of_luma_falls_on_a_repeated_batch(image_folder, model):
    keras.utils.set_random_seed(1)
    values = {"data": str(image_folder), "model": model, "steps": 60, "warmup_steps": 0}
    training, _ = build(new_config({**SMALL, **values}), None, synchronized=False)
    lr, _ = batch()
    hr = 2 * lr.repeat(4, axis=1).repeat(4, axis=2) - 1
    history = [float(training.train_step((lr, hr))["content"]) for _ in range(60)]
    assert history[-1] < 0.5 * history[0]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["srcnn", "espcn", "drcn"])
def test_every_baseline_trains_from_files_to_weights(tmp_path, image_folder, model):
    size = {"filters": 4, "recursions": 3} if model == "drcn" else {}
    values = {"data": str(image_folder), "model": model, "steps": 1, "batch_size": 2, "crop_size": 16}
    run = train({**SMALL, **values, **size}, tmp_path)
    (weights,) = run.weights.iterdir()
    assert config_of(load_generator(weights)) == BaselineConfig(model, **size)
    with pytest.raises(UsageError, match=f"--model={model}: a baseline is trained with --phase=pretrain"):
        train({"phase": "gan", "content_loss": "mse"}, tmp_path)


def test_a_baseline_has_no_size_to_choose(image_folder):
    with pytest.raises(
        UsageError, match="--filters: needs --model=srresnet or drcn, and this run has srcnn; leave it out"
    ):
        new_config({"data": str(image_folder), "model": "srcnn", "filters": 32})


LR = np.random.default_rng(0).uniform(0, 1, (2, 6, 6, 3)).astype(np.float32)
HR = np.random.default_rng(1).uniform(-1, 1, (2, 24, 24, 3)).astype(np.float32)


@pytest.fixture
def taught_by(tmp_path):
    """A generator of another size than the run's, whose images partly leave [-1, 1]."""
    keras.utils.set_random_seed(3)
    config = GeneratorConfig(blocks=1, filters=4)
    path = tmp_path / "teacher.keras"
    save_generator([3 * w for w in generator(config).get_weights()], config, path)
    return path


def test_images_are_the_teachers_and_in_range(tiny, taught_by):
    images = load(taught_by)(LR).numpy()
    assert np.abs(images).max() > 1
    found = teacher(new_config({**tiny, "teacher": str(taught_by)}), Precision())(LR)
    np.testing.assert_allclose(found, np.clip(images, -1, 1), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["srresnet", "espcn", "drcn"])
def test_the_step_compares_with_the_teachers_image(tiny, taught_by, model):
    baseline = {name: value for name, value in tiny.items() if name not in ("blocks", "filters")}
    values = {**(tiny if model == "srresnet" else baseline), "model": model, "teacher": str(taught_by)}
    keras.utils.set_random_seed(0)
    config = new_config(values)
    training, _ = build(config, None, synchronized=False)
    expected = content_loss(config)(
        np.clip(load(taught_by)(LR).numpy(), -1, 1), training.generator(LR, training=True)
    )
    np.testing.assert_allclose(training.train_step((LR, HR))["content"], expected, rtol=1e-3)


@pytest.mark.slow
def test_a_run_comes_nearer_to_its_teacher(tmp_path, tiny, taught_by):
    run = train({**tiny, "steps": 40, "teacher": str(taught_by)}, tmp_path / "run")
    with run.metrics.open(newline="") as file:
        contents = [float(row["content"]) for row in csv.DictReader(file)]
    assert contents[-1] < 0.8 * contents[0]


def test_a_teacher_of_another_scale_is_refused(tiny, taught_by):
    config = dataclasses.replace(new_config(tiny), scale=2, teacher=str(taught_by))
    with pytest.raises(UsageError, match="upscales by 4, and the run by --scale=2"):
        teacher(config, Precision())


def test_the_second_phase_has_no_teacher(tiny, taught_by):
    with pytest.raises(
        UsageError, match="--teacher: needs --phase=pretrain, and this run has gan; leave it out"
    ):
        new_config({**tiny, **GAN, "teacher": str(taught_by)})
