"""The train steps themselves: what they update, and that their losses fall."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.losses import fake_loss, generator_adversarial_loss, mse_loss, real_loss
from srgan_tf.models.vgg import vgg19_until
from srgan_tf.new_config import new_config
from srgan_tf.training.devices import make_step
from srgan_tf.training.run import build, train
from tests.helpers import GAN


@pytest.fixture(scope="module")
def vgg_file(tmp_path_factory):
    """VGG-19 up to block2_conv2 with random weights, as a feature model of its own."""
    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("vgg") / "features.keras"
    vgg19_until("block2_conv2", None).save(path)
    return str(path)


def batch(seed=0):
    rng = np.random.default_rng(seed)
    hr = rng.uniform(-1, 1, (4, 24, 24, 3)).astype(np.float32)
    hr = tf.nn.avg_pool2d(hr, 5, 1, "SAME") * 3.0
    lr = tf.nn.avg_pool2d(hr, 4, 4, "SAME") / 2.0 + 0.5
    return lr, hr


VARIANTS = [
    ("pretrain", "mse"),
    ("gan", "mse"),
    *(
        pytest.param(*each, marks=pytest.mark.slow)
        for each in (("pretrain", "vgg22"), ("gan", "vgg22"), ("gan", "vgg54"))
    ),
]


def variant(tiny, phase, content, vgg_file):
    features = {} if content == "mse" else {"vgg_weights": vgg_file}
    return {**tiny, **(GAN if phase == "gan" else {}), "content_loss": content, **features}


@pytest.mark.parametrize(("phase", "content"), VARIANTS)
def test_loss_falls_on_a_repeated_batch(tiny, vgg_file, phase, content):
    keras.utils.set_random_seed(1)
    config = new_config(variant(tiny, phase, content, vgg_file))
    training, _ = build(config, None, synchronized=False)
    step = tf.function(training.train_step)
    history = [{k: float(v) for k, v in step(batch()).items()} for _ in range(50)]
    assert set(history[0]) == set(training.terms)
    assert history[-1]["content"] < 0.8 * history[0]["content"]
    if phase == "gan":
        assert history[-1]["discriminator_loss"] < 0.5 * history[0]["discriminator_loss"]
        assert history[-1]["hr_probability"] > 0.7
        assert history[-1]["sr_probability"] < 0.3


@pytest.mark.slow
@pytest.mark.parametrize(("phase", "content"), VARIANTS)
def test_every_variant_trains_from_files_to_weights(tmp_path, tiny, vgg_file, phase, content):
    if phase == "gan":
        train({**tiny, "steps": 2}, tmp_path)
    run = train({**variant(tiny, phase, content, vgg_file), "steps": 2}, tmp_path)
    weights = [p.name for p in run.weights.iterdir()]
    assert weights == ["step_00000002.keras"]


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["pretrain", "gan"])
def test_a_step_compiled_by_xla_equals_the_step(tiny, phase):
    results = []
    for xla in ("off", "on"):
        keras.utils.set_random_seed(3)
        config = new_config({**variant(tiny, phase, "mse", ""), "xla": xla})
        training, average = build(config, None, synchronized=False)
        step = make_step(config, training, average, tf.distribute.get_strategy())
        reported = [step(batch(seed), tf.constant(seed), tf.constant(0.0)) for seed in range(3)]
        results.append([tf.stack(reported), *(w.numpy() for w in average.weights)])
    for plain, compiled in zip(*results):
        np.testing.assert_allclose(compiled, plain, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("upsampling", ["progressive", "direct"])
def test_a_frozen_upsampling_stays_as_it_was(tiny, upsampling):
    values = {**GAN, "upsampling": upsampling, "freeze_upsampling": True}
    training, _ = build(new_config({**tiny, **values}), None, synchronized=False)
    for variable in training.generator.trainable_variables:
        if variable.path == "direct_conv/kernel":  # at zero it would hand no gradient on
            variable.assign(np.random.default_rng(0).normal(0, 0.02, variable.shape))
    before = {v.path: v.numpy() for v in training.generator.trainable_variables}
    training.train_step(batch())
    same = {v.path for v in training.generator.trainable_variables if np.array_equal(v, before[v.path])}
    assert {path.split("/")[0] for path in same} >= (
        {"direct_conv"}
        if upsampling == "direct"
        else {"up1_conv", "up1_act", "up2_conv", "up2_act", "tail_conv"}
    )
    assert not {path for path in same if path.startswith(("head_conv", "trunk_bn"))}


def test_gan_step_updates_the_discriminator_first_and_then_the_generator_against_it(tiny):
    """The step against the paper's alternation written out with separate passes."""
    keras.utils.set_random_seed(2)
    config = new_config({**tiny, **GAN})
    training, _ = build(config, None, synchronized=False)
    reference, _ = build(config, None, synchronized=False)
    for mine, theirs in (
        (training.generator, reference.generator),
        (training.discriminator, reference.discriminator),
    ):
        theirs.set_weights(mine.get_weights())
    lr, hr = batch()
    reported = training.train_step((lr, hr))

    g, d = reference.generator, reference.discriminator
    statistics = [v.numpy() for v in g.non_trainable_variables]
    with tf.GradientTape() as tape:
        d_loss = real_loss(d(hr, training=True)) + fake_loss(d(g(lr, training=True), training=True))
    gradients = tape.gradient(d_loss, d.trainable_variables)
    reference.discriminator_optimizer.apply_gradients(zip(gradients, d.trainable_variables))
    for variable, value in zip(g.non_trainable_variables, statistics):
        variable.assign(value)  # the generator passes once a step
    with tf.GradientTape() as tape:
        sr = g(lr, training=True)
        adversarial = generator_adversarial_loss(d(sr, training=True))
        loss = mse_loss(hr, sr) + 1e-3 * adversarial
    gradients = tape.gradient(loss, g.trainable_variables)
    reference.generator_optimizer.apply_gradients(zip(gradients, g.trainable_variables))

    np.testing.assert_allclose(reported["discriminator_loss"], d_loss, rtol=1e-5)
    np.testing.assert_allclose(reported["adversarial"], adversarial, rtol=1e-5)
    np.testing.assert_allclose(reported["loss"], loss, rtol=1e-5)
    for mine, theirs in ((training.generator, g), (training.discriminator, d)):
        for a, b in zip(mine.get_weights(), theirs.get_weights()):
            np.testing.assert_allclose(a, b, atol=1e-6)


def test_discriminator_and_features_see_a_window_that_moves(tiny):
    keras.utils.set_random_seed(4)
    config = new_config({**tiny, **GAN, "critic_shift": 8})
    training, _ = build(config, None, synchronized=False)
    places = np.stack(np.meshgrid(range(24), range(24), [0], indexing="ij"), axis=-1)[None, :, :, 0]
    corners = []
    for done in (*range(80), *range(80)):
        training.generator_optimizer.iterations.assign(done)
        seen = training.view()(tf.constant(places)).numpy()[0]
        top, left, _ = seen[0, 0]
        np.testing.assert_array_equal(seen, places[0, top : top + 16, left : left + 16])
        corners.append((top, left))
    assert corners[:80] == corners[80:]
    assert {top for top, _ in corners} == {left for _, left in corners} == set(range(9))

    training.generator_optimizer.iterations.assign(5)
    top, left = corners[5]
    lr, hr = batch()
    statistics = training.generator.get_weights()
    sr = training.generator(lr, training=True)
    training.generator.set_weights(statistics)
    seen_hr, seen_sr = (image[:, top : top + 16, left : left + 16] for image in (hr, sr))
    of_hr, of_sr = (training.discriminator(seen, training=True) for seen in (seen_hr, seen_sr))
    reported = training.train_step((lr, hr))
    np.testing.assert_allclose(reported["discriminator_loss"], real_loss(of_hr) + fake_loss(of_sr), rtol=1e-5)
    np.testing.assert_allclose(reported["content"], mse_loss(hr, sr), rtol=1e-5)


def test_total_variation_counts_in_the_loss(tiny):
    keras.utils.set_random_seed(3)
    values = {**tiny, "content_loss": "mse"}
    config = new_config({**values, "tv_weight": 1e-3})
    training, _ = build(config, None, synchronized=False)
    lr, hr = batch()
    sr = training.generator(lr, training=True).numpy().astype(np.float64)
    variation = (np.abs(np.diff(sr, axis=1)).sum() + np.abs(np.diff(sr, axis=2)).sum()) / len(sr)
    terms = training.train_step((lr, hr))
    assert float(terms["loss"]) == pytest.approx(float(terms["content"]) + 1e-3 * variation, rel=1e-4)


def test_genuine_vgg22_features_train(tmp_path, tiny, srgan_data):
    path = srgan_data.parent / "weights" / "vgg19_normalised_block2_conv2.keras"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    values = {**tiny, "steps": 3, "content_loss": "vgg22", "vgg_weights": str(path)}
    assert list(train(values, tmp_path).weights.iterdir())
