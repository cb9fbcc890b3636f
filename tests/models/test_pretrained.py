import json

import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.models import pretrained
from srgan_tf.models.generator import GeneratorConfig, generator
from srgan_tf.models.precision import precision_named
from srgan_tf.models.saved import save_generator

TINY = GeneratorConfig(4, 2, 8)
LR = np.random.default_rng(0).uniform(size=(1, 6, 7, 3)).astype(np.float32)


@pytest.fixture
def released(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrained, "RELEASED", tmp_path / "weights")
    network = generator(TINY)
    pretrained.release(network, TINY, "tiny", {"scale": 4}, tmp_path / "weights")
    return network


def test_a_released_model_is_loaded_by_name(released):
    assert pretrained.names() == ("tiny",)
    assert pretrained.card("tiny")["scale"] == 4
    np.testing.assert_allclose(pretrained.load("tiny")(LR), released(LR), atol=2e-3)


def test_a_released_model_in_16_bit_is_the_same_function_but_for_the_rounding(released):
    plain = pretrained.load("tiny")
    reduced = pretrained.load("tiny", precision_named("mixed_bfloat16", accelerator=False))
    assert reduced.get_layer("block1_conv1").compute_dtype == "bfloat16"
    difference = np.abs(reduced(LR) - plain(LR))
    assert 0 < difference.max() < 0.05


def test_a_damaged_file_is_refused(released, tmp_path):
    path = tmp_path / "weights" / "tiny.npz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UsageError, match="checksum"):
        pretrained.load("tiny")


def test_files_and_run_directories(tmp_path):
    first, second = generator(TINY), generator(TINY)
    save_generator(
        first.get_weights(), TINY, tmp_path / "run" / "pretrain" / "weights" / "step_00000009.keras"
    )
    np.testing.assert_array_equal(pretrained.load(tmp_path / "run")(LR), first(LR))
    file = tmp_path / "run" / "gan" / "weights" / "step_00000002.keras"
    save_generator(second.get_weights(), TINY, file)
    for path in (file, tmp_path / "run", tmp_path / "run" / "gan"):
        np.testing.assert_array_equal(pretrained.load(path)(LR), second(LR))


def test_what_is_not_there_is_named(tmp_path, released):
    with pytest.raises(UsageError, match=r"nothing: no such model.*released name \(tiny\)"):
        pretrained.load("nothing")
    with pytest.raises(UsageError, match="no weights in this directory"):
        pretrained.load(tmp_path)


def test_the_released_models_load_and_fit_their_cards():
    for name in pretrained.names():
        facts = pretrained.card(name)
        scale = facts["generator"]["scale"]
        sr = pretrained.load(name)(LR, training=False)
        assert sr.shape == (1, 6 * scale, 7 * scale, 3)
        assert (pretrained.RELEASED / f"{name}.npz").stat().st_size <= 4_000_000
        json.dumps(facts)
