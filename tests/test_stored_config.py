"""Configs in files."""

import json

import pytest

from srgan_tf.config import RunConfig, new_config
from srgan_tf.errors import UsageError
from srgan_tf.stored_config import load_config, resumed_config, save_config


def test_a_config_survives_its_file(tmp_path):
    config = new_config({"data": "photos", "blocks": 3})
    save_config(config, tmp_path / "config.json")
    assert load_config(tmp_path / "config.json") == config
    assert set(json.loads((tmp_path / "config.json").read_text())) == set(RunConfig.__dataclass_fields__)


def test_a_contradiction_names_both_values(tmp_path):
    path = tmp_path / "config.json"
    save_config(new_config({"data": "photos", "blocks": 3}), path)
    assert resumed_config(path, {"blocks": 3}).blocks == 3
    with pytest.raises(UsageError, match=r"--blocks=4 contradicts .*config\.json, which says blocks=3"):
        resumed_config(path, {"blocks": 4})


@pytest.mark.parametrize("text", ["", "[]", "{", '{"blocks": 2, "colour": 1}'])
def test_a_damaged_config_is_named(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"config\.json: not a run's config"):
        load_config(path)
