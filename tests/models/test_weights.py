"""Generators in files: what was saved comes back, and what cannot be read is named."""

import json
import zipfile

import keras
import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.load import load
from srgan_tf.models import weights
from srgan_tf.models.baselines import BaselineConfig
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.networks import config_of, network
from srgan_tf.models.precision import precision_named

TINY = GeneratorConfig(4, 2, 8)
LR = np.random.default_rng(0).uniform(size=(1, 6, 7, 3)).astype(np.float32)
CONFIGS = [
    GeneratorConfig(4, 2, 8),
    GeneratorConfig(3, 1, 6),
    GeneratorConfig(8, 3, 4, "leaky_relu"),
    GeneratorConfig(3, 2, 4, "leaky_relu", "direct"),
    GeneratorConfig(2, 2, 8),
    BaselineConfig("espcn", 3),
]


@pytest.fixture
def released(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "RELEASED", tmp_path / "weights")
    model = generator(TINY)
    weights.release(model, "tiny", {"scale": 4}, tmp_path / "weights")
    return model


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
    model.save(tmp_path / "w.keras")
    loaded = weights.load(tmp_path / "w.keras")
    assert config_of(loaded) == config
    np.testing.assert_array_equal(loaded(LR), model(LR))


def test_a_saved_generator_is_a_plain_keras_file_with_its_config(tmp_path):
    model = generator(TINY)
    weights.save(model.get_weights(), TINY, tmp_path / "w.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "w.keras")(LR), model(LR))
    with zipfile.ZipFile(tmp_path / "w.keras") as file:
        assert json.loads(file.read("network.json"))["filters"] == 8


def test_a_released_model_is_loaded_by_name(released):
    assert weights.names() == ("tiny",)
    assert weights.card("tiny")["scale"] == 4
    assert config_of(load("tiny")) == TINY
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


def test_files_and_run_directories(tmp_path):
    first, second = generator(TINY), generator(TINY)
    weights.save(first.get_weights(), TINY, tmp_path / "run" / "pretrain" / "weights" / "step_00000009.keras")
    np.testing.assert_array_equal(load(tmp_path / "run")(LR), first(LR))
    file = tmp_path / "run" / "gan" / "weights" / "step_00000002.keras"
    weights.save(second.get_weights(), TINY, file)
    for path in (file, tmp_path / "run", tmp_path / "run" / "gan"):
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


def test_the_released_models_load_and_fit_their_cards():
    for name in weights.names():
        facts = weights.card(name)
        scale = facts["generator"]["scale"]
        sr = load(name)(LR, training=False)
        assert sr.shape == (1, 6 * scale, 7 * scale, 3)
        assert (weights.RELEASED / f"{name}.npz").stat().st_size <= 4_000_000
