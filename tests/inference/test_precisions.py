import sys

import numpy as np
import pytest

from srgan_tf.errors import UsageError
from srgan_tf.inference import precisions
from srgan_tf.inference.network import network_from, network_of
from srgan_tf.inference.precisions import chosen
from srgan_tf.inference.upscaler import upscale
from tests.helpers import ROOT, tiny_generator


@pytest.fixture
def machine(monkeypatch):
    """Returns a function that gives the table another machine."""

    def of(gpu, bfloat16, litert):
        for name, value in (("has_gpu", gpu), ("multiplies_bfloat16", bfloat16), ("has_litert", litert)):
            monkeypatch.setattr(precisions, name, lambda value=value: value)
        monkeypatch.setattr(precisions, "MEASURED", {"good": 50.0, "bad": 49.9})

    return of


@pytest.mark.parametrize(
    ("gpu", "bfloat16", "litert", "model", "expected"),
    [
        (False, True, True, "good", "int8"),
        (False, False, True, "good", "int8"),
        (False, True, True, "bad", "bfloat16"),
        (False, False, True, "bad", "float32"),
        (False, True, True, "runs/mine", "bfloat16"),
        (False, True, False, "good", "bfloat16"),
        (False, False, False, "good", "float32"),
        (True, True, True, "good", "bfloat16"),
        (True, False, True, "good", "float32"),
    ],
)
def test_the_table(machine, gpu, bfloat16, litert, model, expected):
    machine(gpu, bfloat16, litert)
    assert chosen("auto", model) == expected
    assert chosen("float32", model) == "float32"


def test_what_a_machine_has_not_is_refused_in_a_line(machine):
    machine(False, False, False)
    with pytest.raises(UsageError, match="int8 needs the LiteRT runtime: pip install"):
        chosen("int8")
    with pytest.raises(UsageError, match="processor does not multiply bfloat16; give auto or float32"):
        chosen("bfloat16")
    with pytest.raises(UsageError, match=r"expected one of auto, .*mixed_bfloat16 is called bfloat16"):
        chosen("mixed_bfloat16")


@pytest.mark.skipif(not precisions.multiplies_bfloat16(), reason="needs a processor with bfloat16")
def test_bfloat16_is_near_float32_and_its_tiles_equal_the_whole(chelsea):
    lr = chelsea[:61, :70]
    exact = upscale(tiny_generator(), lr).astype(int)
    network = network_from(tiny_generator(), "bfloat16")
    whole = upscale(network, lr).astype(int)
    assert network.precision == "bfloat16"
    assert 0 < np.abs(whole - exact).max() <= 12
    assert np.sqrt(np.mean((whole - exact) ** 2)) < 1.5
    assert np.abs(upscale(network, lr, tile=17).astype(int) - whole).max() <= 1


@pytest.mark.skipif(not precisions.has_litert(), reason="int8 needs ai-edge-litert")
def test_int8_starts_neither_tensorflow_nor_keras(command):
    code = (
        "import sys, numpy as np\n"
        "from srgan_tf import upscale\n"
        "print(upscale(np.zeros((9, 9, 3), np.uint8), 'srgan-mobile', precision='int8').shape)\n"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    done = command("-c", code)
    assert done.stdout == "(36, 36, 3)\nset()\n", done.stderr[-500:]


def test_the_table_names_released_models_only():
    from srgan_tf.models.weights import names

    assert set(precisions.MEASURED) <= set(names())
    assert network_of("srgan-mobile", precision="float32").precision == "float32"
    assert "keras" in sys.modules


def test_the_document_shows_the_table():
    table = [line for line in precisions.__doc__.splitlines() if line.startswith("|")]
    assert len(table) == 7
    assert "\n".join(table) in (ROOT / "docs" / "upscaling.md").read_text(encoding="utf-8")
