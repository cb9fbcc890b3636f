import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from srgan_tf.errors import WorkError
from srgan_tf.exporting.comparison import open_images, parity
from srgan_tf.exporting.runtimes import benchmark, convert, file_name, onnx_operators, open_onnx, write_onnx
from srgan_tf.inference.litert import TensorFacts, dequantised, open_litert, quantised
from srgan_tf.models.generator import GeneratorConfig
from tests.helpers import TINY, assert_near, random_generator

LEAST = {"float32": 80, "float16": 50, "dynamic": 30, "int8": 30}
LEAKY = GeneratorConfig(scale=4, blocks=2, filters=8, activation="leaky_relu")
DIRECT = GeneratorConfig(scale=4, blocks=2, filters=8, upsampling="direct")


@pytest.fixture(scope="module")
def images():
    return open_images("sample", scale=4)


@pytest.fixture(scope="module")
def model():
    return random_generator()


def opened(model, variant, side, images, folder):
    path = folder / file_name("tiny", variant, side)
    path.write_bytes(convert(model, variant, side, images.calibration_crops(side)[:8]))
    return path, open_litert(path, path.name)


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "side"), [(v, s) for v in LEAST for s in (None, 32)])
def test_each_variant_is_the_model(model, images, tmp_path, variant, side):
    _, file = opened(model, variant, side, images, tmp_path)
    crops = images.compared_crops(side)
    expected = [model(lr).numpy() for lr in crops]
    assert parity("tiny", [file.run(lr) for lr in crops], expected) >= LEAST[variant]
    assert {k: n for k, n in file.operators.items() if k != "DEQUANTIZE"} == {
        "CONV_2D": 2 * TINY.blocks + 5,
        "PRELU": TINY.blocks + 3,
        "ADD": TINY.blocks + 1,
        "DEPTH_TO_SPACE": 2,
    }
    assert file.lr.shape == (1, side or -1, side or -1, 3)
    assert file.lr.dtype == file.sr.dtype == ("int8" if variant == "int8" else "float32")


@pytest.mark.slow
@pytest.mark.parametrize("config", [TINY, DIRECT])
@pytest.mark.parametrize("variant", LEAST)
def test_files_of_levels_take_and_give_uint8(images, tmp_path, variant, config):
    model = random_generator(config)
    path = tmp_path / "levels.tflite"
    path.write_bytes(convert(model, variant, 32, images.calibration_crops(32)[:8], levels=True))
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert given["dtype"] == made["dtype"] == np.uint8
    assert given["quantization"] == made["quantization"] == ((1, 0) if variant == "int8" else (0, 0))
    crops = images.compared_crops(32)
    results = []
    for lr in crops:
        interpreter.set_tensor(given["index"], np.rint(255 * lr).astype(np.uint8))
        interpreter.invoke()
        results.append(interpreter.get_tensor(made["index"]).astype(np.float64))
    expected = [np.clip(np.rint((model(lr).numpy() + 1) * 127.5), 0, 255) for lr in crops]
    error = np.mean([np.mean((a - b) ** 2) for a, b in zip(results, expected, strict=True)])
    assert 10 * np.log10(255**2 / max(error, 1e-9)) >= LEAST[variant]
    # What compares files with the model reads them alike.
    as_sr = open_litert(path, path.name).run(crops[0])
    np.testing.assert_allclose((as_sr + 1) * 127.5, results[0], atol=1e-4)


def test_a_file_for_any_size_takes_one_after_the_other(model, images, tmp_path):
    _, file = opened(model, "float32", None, images, tmp_path)
    for height, width in ((8, 20), (33, 7), (1, 1), (8, 20)):
        lr = np.random.default_rng(0).uniform(size=(1, height, width, 3)).astype(np.float32)
        np.testing.assert_allclose(file.run(lr), model(lr), atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("config", "whole"), [(LEAKY, True), (TINY, False)])
def test_xnnpack_runs_int8_whole_with_leaky_relu_only(images, tmp_path, config, whole):
    path, _ = opened(random_generator(config), "int8", 16, images, tmp_path)
    timing = benchmark(path, 1)
    assert timing.whole == whole
    assert timing.median_ms > 0


def test_unfrozen_variables_are_an_error(tmp_path):
    path = tmp_path / "unfrozen.tflite"
    path.write_bytes(unfrozen_file())
    with pytest.raises(WorkError, match=r"unfrozen\.tflite: the weights are not in .*READ_VARIABLE"):
        open_litert(path, path.name)


def unfrozen_file() -> bytes:
    """A file that reads a variable it sets when it starts, as conversions that go wrong leave it."""

    class Stateful(tf.Module):
        def __init__(self):
            super().__init__()
            self.weight = tf.Variable(tf.ones((1, 1, 3, 3)))

        @tf.function(input_signature=[tf.TensorSpec((1, 4, 4, 3))])
        def run(self, x):
            self.weight.assign_add(tf.zeros_like(self.weight))
            return tf.nn.conv2d(x, self.weight, 1, "SAME")

    module = Stateful()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.run.get_concrete_function()], module)
    converter.experimental_enable_resource_variables = True
    return converter.convert()


def test_what_is_not_the_model_any_more_is_an_error():
    sr = [np.zeros((1, 8, 8, 3), np.float32)]
    with pytest.raises(WorkError, match=r"f\.tflite: its result of an image has NaN"):
        parity("f.tflite", [np.full((1, 8, 8, 3), np.nan, np.float32)], sr)
    with pytest.raises(WorkError, match=r"f\.tflite: 2\d\.\d dB against the float model, expected 30 dB"):
        parity("f.tflite", [sr[0] + 0.08], sr)
    assert parity("f.tflite", sr, sr) == np.inf


def test_quantised_values():
    tensor = TensorFacts("int8", (1, 2), 0.5, -3)
    stored = quantised(np.array([0.0, 1.0, 0.3, 500, -500]), tensor)
    np.testing.assert_array_equal(stored, np.array([-3, -1, -2, 127, -128], np.int8))
    np.testing.assert_array_equal(dequantised(stored, tensor), np.array([0, 1, 0.5, 65, -62.5], np.float32))


def test_images_are_divided(images):
    used = {p.tobytes() for p in images.calibration}
    assert used
    assert images.compared
    assert not used & {p.tobytes() for p in images.compared}
    for side in (16, 64, 300):
        lr = images.compared_crops(side)[0]
        assert lr.shape == (1, side, side, 3)
        assert lr.dtype == np.float32
        assert 0 <= lr.min() < lr.max() <= 1


def test_onnxruntime_gives_the_models_values_at_any_size(tmp_path):
    model = random_generator()
    path = tmp_path / "tiny.onnx"
    write_onnx(model, path)
    run = open_onnx(path)
    for shape in ((1, 8, 20, 3), (2, 17, 5, 3)):
        lr = np.random.default_rng(0).uniform(size=shape).astype(np.float32)
        np.testing.assert_allclose(run(lr), model(lr), atol=1e-4)
    assert onnx_operators(path)["Conv"] == 2 * TINY.blocks + 5


@pytest.mark.parametrize("levels", [False, True])
def test_an_onnx_file_names_its_tensors_and_says_their_ranges(tmp_path, levels):
    model = random_generator()
    path = tmp_path / "tiny.onnx"
    write_onnx(model, path, levels=levels)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,), (made,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.shape) == ("lr", ["batch", "height", "width", 3])
    assert (made.name, made.shape) == ("sr", ["batch", "4*height", "4*width", 3])
    said = session.get_modelmeta().custom_metadata_map
    lr = np.random.default_rng(0).integers(0, 256, (2, 9, 11, 3), dtype=np.uint8)
    expected = model(lr.astype(np.float32) / 255).numpy()
    if levels:
        assert said["lr"] == said["sr"] == "levels of 0 to 255"
        (sr,) = session.run(["sr"], {"lr": lr})
        assert sr.dtype == np.uint8
        assert_near(sr, np.clip(np.rint((expected + 1) * 127.5), 0, 255))
        np.testing.assert_allclose(open_onnx(path)(lr / np.float32(255)), sr / 127.5 - 1, atol=1e-6)
    else:
        assert said["lr"].startswith("values in [0, 1]")
        assert said["sr"].startswith("values about [-1, 1], not clipped")
        (sr,) = session.run(["sr"], {"lr": lr.astype(np.float32) / 255})
        np.testing.assert_allclose(sr, expected, atol=1e-4)
