"""Exported TFLite files as networks to upscale with."""

import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.exporting.runtimes import convert
from srgan_tf.inference.network import network_of
from srgan_tf.inference.upscaler import upscale
from srgan_tf.models.networks import receptive_radius
from tests.helpers import random_generator, upscale_at_once


@pytest.mark.slow
def test_a_tflite_file_upscales_in_tiles_as_its_model_does(chelsea, tmp_path):
    model, file = random_generator(), tmp_path / "any.tflite"
    file.write_bytes(convert(model, "float32", None, []))
    network = network_of(file)
    assert network.scale == 4
    assert network.radius >= receptive_radius(model)
    lr = chelsea[:40, :50]
    expected = upscale_at_once(model, mirror=True)(lr).astype(int)
    assert np.abs(upscale(network, lr, tile=16) - expected).max() <= 1


def test_a_file_that_is_none_is_named(tmp_path):
    (tmp_path / "bad.tflite").write_bytes(b"no network")
    with pytest.raises(UsageError, match=r"bad\.tflite: no TFLite file, or damaged"):
        network_of(tmp_path / "bad.tflite")
    with pytest.raises(UsageError, match=r"absent\.tflite: no such file"):
        network_of(tmp_path / "absent.tflite")
