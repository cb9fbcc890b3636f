"""Exported TFLite files as networks to upscale with."""

from concurrent.futures import ThreadPoolExecutor

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
    assert network.precision == network_of(file, precision="float32").precision == "float32"
    with pytest.raises(UsageError, match=r"--precision=int8: .*any\.tflite is an exported file.*is float32"):
        network_of(file, precision="int8")
    sizes = [(9 + i, 30 - i) for i in range(12)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda size: upscale(network, lr[: size[0], : size[1]]), sizes))
    for size, sr in zip(sizes, together):
        np.testing.assert_array_equal(sr, upscale(network, lr[: size[0], : size[1]]))


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "precision"), [("dynamic", "int8"), ("float16", "float16")])
def test_a_file_says_its_precision(tmp_path, variant, precision):
    file = tmp_path / "any.tflite"
    file.write_bytes(convert(random_generator(), variant, None, []))
    assert network_of(file).precision == precision


def test_a_file_that_is_none_is_named(tmp_path):
    (tmp_path / "bad.tflite").write_bytes(b"no network")
    with pytest.raises(UsageError, match=r"bad\.tflite: no TFLite file, or damaged"):
        network_of(tmp_path / "bad.tflite")
    with pytest.raises(UsageError, match=r"absent\.tflite: no such file"):
        network_of(tmp_path / "absent.tflite")
