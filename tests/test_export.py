"""The command: from weights to files, and wrong use."""

import pytest

from srgan_tf.models.weights import save as save_generator
from tests.helpers import TINY, random_generator


@pytest.fixture
def weights(tmp_path):
    save_generator(random_generator().get_weights(), TINY, tmp_path / "w.keras")
    return tmp_path / "w.keras"


def test_the_command_exports(tmp_path, weights, command):
    done = command(
        "export.py", f"--weights={weights}", f"--output={tmp_path}/srgan", "--formats=saved_model,onnx"
    )
    assert done.returncode == 0, done.stderr
    assert "| srgan.onnx | any |" in done.stdout
    assert (tmp_path / "srgan" / "1" / "saved_model.pb").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--weights is missing"),
        (["--weights=absent.keras"], "absent.keras: no such model"),
        (["--weights={weights}", "--tflite_tile=big"], "--tflite_tile=big: expected whole numbers"),
        (["--weights={weights}", "--formats=tf"], "--formats=tf: expected some of"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path, weights, command, arguments, message):
    given = [argument.format(weights=weights) for argument in arguments]
    done = command("export.py", *given, f"--output={tmp_path}/out")
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
