"""The command: from weights to files, and wrong use."""

import json

import numpy as np
import pytest
import tensorflow as tf

from srgan_tf.commands import export
from srgan_tf.exporting.runtimes import open_onnx
from srgan_tf.models.weights import save
from tests.helpers import TINY, tiny_generator


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "w.keras"
    save(tiny_generator().get_weights(), TINY, path)
    return path


def test_the_command_exports(tmp_path, weights, command):
    done = command(
        "export.py", f"--weights={weights}", f"--output={tmp_path}/srgan", "--formats=saved_model,onnx"
    )
    assert done.returncode == 0, done.stderr
    assert "| srgan.onnx | any |" in done.stdout
    lr = np.random.default_rng(0).uniform(size=(1, 9, 11, 3)).astype(np.float32)
    expected = tiny_generator()(lr)
    served = tf.saved_model.load(str(tmp_path / "srgan" / "1"))
    np.testing.assert_allclose(served.upscale_float(lr)["sr"], expected, atol=1e-4)
    np.testing.assert_allclose(open_onnx(tmp_path / "srgan" / "srgan.onnx")(lr), expected, atol=1e-4)


@pytest.mark.slow
def test_files_for_apps_that_have_bytes(tmp_path, weights, main_in_process):
    output = tmp_path / "srgan"
    flags = ("--formats=tflite,onnx", "--range=0-255", "--tflite_tile=16")
    code, _, err = main_in_process(export.main, f"--weights={weights}", f"--output={output}", *flags)
    assert code == 0, err
    files = json.loads((output / "model_card.json").read_text())["files"]
    assert {*files} == {path.name for path in output.iterdir() if "_0-255" in path.name}
    assert len(files) == 9
    for facts in files.values():
        for tensor in (facts["lr"], facts["sr"]):
            assert tensor["dtype"] == "uint8"
            assert tensor["range"] == [0, 255]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--weights is missing"),
        (["--weights=absent.keras"], "absent.keras: no such"),
        (["--weights={weights}", "--tflite_tile=big"], "--tflite_tile=big: expected whole numbers"),
        (["--weights={weights}", "--formats=tf"], "--formats=tf: expected some of"),
        (
            ["--weights={weights}", "--formats=onnx", "--bfloat16"],
            "--bfloat16 has an effect with --formats",
        ),
        (["--weights={weights}", "--tflite_tile=8", "--formats=onnx"], "--tflite_tile has an effect with"),
        (["--weights={weights}", "--range=0-255", "--formats=saved_model"], "--formats=tflite or onnx only"),
        (
            ["--weights={weights}", "--range=0-255", "--formats=tflite,web"],
            "--range=0-255: the page takes float files",
        ),
        (["--weights={weights}", "--range=0..1"], "--range"),
        (["--weights={weights}", "--node_modules=x"], "--node_modules has an effect with --formats=web only"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path, weights, main_in_process, arguments, message):
    given = [argument.format(weights=weights) for argument in arguments]
    code, _, err = main_in_process(export.main, *given, f"--output={tmp_path}/out")
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
