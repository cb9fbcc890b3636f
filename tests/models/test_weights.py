"""Generators in files: what was saved comes back, and what cannot be read is named."""

import inspect
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import srgan_tf
from srgan_tf import load
from srgan_tf.errors import UsageError
from srgan_tf.models import weights
from srgan_tf.models.config import BaselineConfig, GeneratorConfig, config_from, precision_named
from srgan_tf.models.generator import generator
from srgan_tf.models.networks import config_of, network

TINY = GeneratorConfig(4, 2, 8)
LR = np.random.default_rng(0).uniform(size=(1, 6, 7, 3)).astype(np.float32)
CONFIGS = [
    GeneratorConfig(4, 2, 8),
    GeneratorConfig(3, 1, 6),
    GeneratorConfig(8, 3, 4, "leaky_relu"),
    GeneratorConfig(3, 2, 4, "leaky_relu", "direct"),
    GeneratorConfig(2, 2, 8),
    GeneratorConfig(4, 3, 4, skip_connections=False),
    BaselineConfig("espcn", 3),
]


@pytest.fixture
def released(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "RELEASED", tmp_path / "weights")
    model = generator(TINY)
    weights.release(model, "tiny", {"scale": 4}, tmp_path / "weights")
    return model


@pytest.mark.slow
@pytest.mark.parametrize("config", CONFIGS)
def test_a_file_gives_back_the_same_network(tmp_path, config):
    model = network(config, precision=precision_named("mixed_bfloat16", accelerator=False))
    weights.save(model.get_weights(), config, tmp_path / "w.keras")
    loaded = weights.load(tmp_path / "w.keras")
    assert config_of(loaded) == config
    for a, b in zip(model.get_weights(), loaded.get_weights()):
        np.testing.assert_array_equal(a, b)
    plain = network(config)
    plain.set_weights(model.get_weights())
    np.testing.assert_array_equal(loaded(LR), plain(LR))
    assert [p.name for p in tmp_path.iterdir()] == ["w.keras"]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_file_that_does_not_say_what_it_holds_is_read_by_its_layers(tmp_path, config):
    model = network(config)
    keras.Model(model.input, model.output, name=model.name).save(tmp_path / "w.keras")
    loaded = weights.load(tmp_path / "w.keras")
    assert config_of(loaded) == config
    np.testing.assert_array_equal(loaded(LR), model(LR))


def test_the_config_is_read_from_the_file_and_not_from_the_layers(tmp_path):
    small, model = generator(GeneratorConfig(4, 1, 8)), generator(TINY)
    model.network_config = small.network_config
    model.save(tmp_path / "w.keras")
    assert config_of(keras.saving.load_model(tmp_path / "w.keras")) == GeneratorConfig(4, 1, 8)


def test_the_config_survives_keras_own_load_and_save(tmp_path):
    weights.save(generator(TINY).get_weights(), TINY, tmp_path / "first.keras")
    keras.saving.load_model(tmp_path / "first.keras").save(tmp_path / "second.keras")
    model = keras.saving.load_model(tmp_path / "second.keras")
    assert config_of(model) == TINY
    assert srgan_tf.upscale(np.zeros((4, 5, 3), np.uint8), model).shape == (16, 20, 3)


def test_the_config_adds_nothing_to_a_checkpoint(tmp_path):
    model = generator(TINY)
    for name, each in (("ours", model), ("plain", keras.Model(model.input, model.output, name=model.name))):
        tf.train.Checkpoint(generator=each).write(str(tmp_path / name))
    ours, plain = (tf.train.list_variables(str(tmp_path / name)) for name in ("ours", "plain"))
    assert ours == plain


def test_a_released_model_is_loaded_by_name(released):
    assert weights.names() == ("tiny",)
    assert weights.card("tiny")["scale"] == 4
    assert config_of(load("tiny")) == TINY
    assert load is srgan_tf.load
    np.testing.assert_allclose(load("tiny")(LR), released(LR), atol=2e-3)


def test_a_released_model_in_16_bit_is_the_same_function_but_for_the_rounding(released):
    plain = load("tiny")
    reduced = load("tiny", precision_named("mixed_bfloat16", accelerator=False))
    assert reduced.get_layer("block1_conv1").compute_dtype == "bfloat16"
    difference = np.abs(reduced(LR) - plain(LR))
    assert 0 < difference.max() < 0.05


def test_a_damaged_file_is_refused(released, tmp_path):
    path = tmp_path / "weights" / "tiny.npz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UsageError, match="checksum"):
        load("tiny")


def test_a_card_has_no_values_that_its_network_lacks(tmp_path):
    for config in (BaselineConfig("espcn", 3), BaselineConfig("drcn", 2, 4, 2)):
        weights.release(network(config), config.model, {}, tmp_path)
        values = json.loads((tmp_path / f"{config.model}.json").read_text())["generator"]
        assert None not in values.values()
        assert config_from(values) == config


@pytest.mark.slow
def test_files_and_run_directories(tmp_path):
    first, second = generator(TINY), generator(TINY)
    weights.save(first.get_weights(), TINY, tmp_path / "run" / "pretrain" / "weights" / "step_00000009.keras")
    np.testing.assert_array_equal(load(tmp_path / "run")(LR), first(LR))
    file = tmp_path / "run" / "gan" / "weights" / "step_00000002.keras"
    weights.save(second.get_weights(), TINY, file)
    for path in (file, tmp_path / "run", tmp_path / "run" / "gan", file.parent):
        np.testing.assert_array_equal(load(path)(LR), second(LR))


def test_a_path_that_holds_no_generator_is_named(tmp_path, released):
    with pytest.raises(UsageError, match=r"nothing: no such model.*released name \(tiny\)"):
        load("nothing")
    with pytest.raises(UsageError, match="no weights in this directory"):
        load(tmp_path)
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(UsageError, match=r"text\.keras: not a generator"):
        load(tmp_path / "text.keras")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "other.keras")
    with pytest.raises(UsageError, match=r"other\.keras: not a generator"):
        load(tmp_path / "other.keras")


def test_a_network_of_others_has_no_config():
    with pytest.raises(ValueError, match=r"expected a generator.*Received: other"):
        config_of(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="other"))


@pytest.mark.slow
def test_the_released_models_load_and_fit_their_cards():
    for name in weights.names():
        facts = weights.card(name)
        scale = facts["generator"]["scale"]
        sr = load(name)(LR, training=False)
        assert sr.shape == (1, 6 * scale, 7 * scale, 3)
        assert (weights.RELEASED / f"{name}.npz").stat().st_size <= 4_000_000


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"scale": 5}, "scale must be one of 2, 3, 4, 8. Received: scale=5"),
        ({"blocks": 0}, "blocks must be a whole number of at least 1. Received: blocks=0"),
        ({"filters": 2.5}, "filters must be a whole number of at least 1. Received: filters=2.5"),
        ({"activation": "relu"}, "activation must be one of prelu, leaky_relu. Received: activation='relu'"),
        (
            {"upsampling": "bilinear"},
            "upsampling must be one of progressive, direct. Received: upsampling=",
        ),
        ({"model": "vdsr"}, "model must be one of srcnn, espcn, drcn. Received: model='vdsr'"),
        (
            {"model": "drcn", "recursions": 1.5},
            "recursions must be a whole number of at least 1. Received: rec",
        ),
        ({"model": "espcn", "filters": 8}, "filters is a value of drcn. Received: filters=8"),
        ({"model": "espcn", "scale": 7}, "scale must be one of 2, 3, 4, 8. Received: scale=7"),
    ],
)
def test_a_config_refuses_other_values(values, message):
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        config_from(values)


def test_the_default_is_released_and_the_functions_too():
    assert weights.default() in weights.names()
    assert inspect.signature(srgan_tf.upscale).parameters["model"].default == weights.default()
