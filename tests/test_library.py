"""The functions of `import srgan_tf`."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import srgan_tf
from srgan_tf.inference.upscaler import upscale as upscale_array
from srgan_tf.models import weights
from tests.helpers import ROOT, TINY, TINY_RUN, save, tiny_generator
from tools import api

RGB = np.random.default_rng(0).integers(0, 256, (12, 10, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.keras"
    weights.save(tiny_generator().get_weights(), TINY, path)
    return path


@pytest.fixture
def sr():
    return upscale_array(tiny_generator(), RGB)


def test_arrays_keep_their_type_and_dimensions(sr):
    model = tiny_generator()
    np.testing.assert_array_equal(srgan_tf.upscale(RGB, model), sr)
    np.testing.assert_array_equal(srgan_tf.upscale(tf.constant(RGB), model), sr)
    deep = srgan_tf.upscale(RGB.astype(np.uint16) * 257, model)
    assert deep.dtype == np.uint16
    for kind, tolerance in ((np.float32, 0.51), (np.float64, 0.51), (np.float16, 0.7)):
        result = srgan_tf.upscale((RGB / 255).astype(kind), model)
        assert result.dtype == kind
        exact = srgan_tf.upscale(
            np.round((RGB / 255).astype(kind).astype(float) * 65535).astype(np.uint16), model
        )
        np.testing.assert_allclose(result.astype(float) * 255, exact / 257, atol=tolerance)
    grey = srgan_tf.upscale(RGB[..., 0], model)
    assert grey.shape == (48, 40)
    np.testing.assert_array_equal(srgan_tf.upscale(RGB[..., :1], model), grey[..., None])
    alpha = np.full((12, 10, 1), 255, np.uint8)
    np.testing.assert_array_equal(srgan_tf.upscale(np.dstack([RGB, alpha]), model)[..., :3], sr)
    assert srgan_tf.upscale(np.dstack([RGB[..., :1], alpha]), model).shape == (48, 40, 2)
    assert srgan_tf.upscale(RGB, model, output_scale=2.5).shape == (30, 25, 3)


def test_batches_and_lists(sr):
    batch = srgan_tf.upscale(np.stack([RGB, RGB[::-1]]), tiny_generator())
    assert batch.shape == (2, 48, 40, 3)
    np.testing.assert_array_equal(batch[0], sr)
    first, second = srgan_tf.upscale([RGB, Image.fromarray(RGB[:5])], tiny_generator())
    np.testing.assert_array_equal(first, sr)
    assert second.size == (40, 20)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_pillow_images(mode):
    image = Image.fromarray(RGB)
    image = Image.fromarray(RGB[..., 0].astype(np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    result = srgan_tf.upscale(image, tiny_generator())
    assert result.size == (40, 48)
    assert result.mode == {"P": "RGB", "1": "L"}.get(mode, mode)
    if mode in ("RGB", "L", "I;16"):
        expected = upscale_array(tiny_generator(), np.asarray(image).reshape(12, 10, -1))
        np.testing.assert_array_equal(np.asarray(result), np.squeeze(expected))


def test_paths_and_orientation(tmp_path, sr, file):
    save(RGB, tmp_path / "a.png")
    np.testing.assert_array_equal(srgan_tf.upscale(tmp_path / "a.png", file, precision="float32"), sr)
    np.testing.assert_array_equal(
        srgan_tf.upscale(str(tmp_path / "a.png"), str(file), precision="float32"), sr
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RGB).save(tmp_path / "turned.png", exif=exif)
    assert srgan_tf.upscale(tmp_path / "turned.png", file, precision="float32").shape == (40, 48, 3)
    with Image.open(tmp_path / "turned.png") as image:
        assert srgan_tf.upscale(image, file, precision="float32").size == (48, 40)


def test_a_named_model_is_kept_until_its_file_changes(tmp_path):
    first, second = tiny_generator().get_weights(), [0.5 * w for w in tiny_generator().get_weights()]
    path = tmp_path / "weights" / "step_00000001.keras"
    weights.save(first, TINY, path)
    before = srgan_tf.upscale(RGB, path.parent)
    weights.save(second, TINY, path)
    os.utime(path, ns=(1, 1))
    assert np.abs(srgan_tf.upscale(RGB, path.parent).astype(int) - before).max() > 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((RGB.astype(int),), "cannot upscale an array of int64: expected uint8, uint16, or floats"),
        ((RGB.astype(float),), r"an array of float64 with values from 0 to 255: expected \[0, 1\]"),
        ((np.full((4, 4, 3), np.nan),), r"values from nan to nan: expected \[0, 1\]"),
        ((RGB[None, None],), r"array of shape \(1, 1, 12, 10, 3\): expected \(h, w\)"),
        ((RGB[:0],), r"array of shape \(0, 10, 3\)"),
        ((3,), "cannot upscale int: expected a path, a Pillow image, an array"),
        ((tiny_generator(), RGB), r"the image comes first, upscale\(image, model\)"),
        ((RGB, "absent"), "absent: no such model"),
        ((RGB, "https://a.b/c.keras"), "https://a.b/c.keras: an address"),
        ((Image.new("F", (3, 3)),), "a Pillow image cannot be upscaled: samples of kind F"),
    ],
)
def test_what_cannot_be_upscaled_is_one_sentence(arguments, message):
    given = arguments if len(arguments) == 2 else (*arguments, tiny_generator())
    with pytest.raises(srgan_tf.UsageError, match=message):
        srgan_tf.upscale(*given)
    with pytest.raises(srgan_tf.UsageError, match="output_scale=0: expected more than 0"):
        srgan_tf.upscale(RGB, tiny_generator(), output_scale=0)
    with pytest.raises(srgan_tf.UsageError, match=r"bound of 0\.00 GB; raise it"):
        srgan_tf.upscale(RGB, tiny_generator(), max_memory=0)


def test_values_that_a_run_does_not_have_are_refused(tmp_path):
    with pytest.raises(srgan_tf.UsageError, match=r"step: no value of a run; expected some of .*steps"):
        srgan_tf.train(tmp_path / "run", step=3)
    with pytest.raises(srgan_tf.UsageError, match="steps='3': expected int"):
        srgan_tf.train(tmp_path / "run", steps="3")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_model_is_trained_evaluated_and_exported(tmp_path, image_folder):
    file = srgan_tf.train(tmp_path / "run", phase="pretrain", data=image_folder, **TINY_RUN)
    assert file == tmp_path / "run/pretrain/weights/step_00000006.keras"
    assert srgan_tf.upscale(RGB, tmp_path / "run").shape == (48, 40, 3)
    save(np.asarray(Image.open(image_folder / "photo0.png")), tmp_path / "sets/one/a.png")
    figures = srgan_tf.evaluate(
        tmp_path / "sets", f"bicubic,mine={file}", tmp_path / "report", protocol="paper"
    )
    assert [method["name"] for method in figures["methods"]] == ["bicubic", "mine"]
    assert not figures["problems"]
    files = srgan_tf.export(file, tmp_path / "exported/mine", formats="onnx")
    assert files == [tmp_path / "exported/mine/mine.onnx"]
    assert files[0].is_file()
    with pytest.raises(srgan_tf.UsageError, match=r"tile: not all are options of an .*tiles"):
        srgan_tf.export(file, tmp_path / "exported/mine", tile=3)
    assert callable(srgan_tf.export)


@pytest.mark.slow
def test_the_first_use_is_quiet_and_the_import_starts_nothing(file):
    code = f"""
import sys, numpy, srgan_tf
assert "tensorflow" not in sys.modules and "numpy" in sys.modules
assert srgan_tf.__version__.count(".") == 2
assert srgan_tf.upscale(numpy.zeros((4, 5, 3), "uint8"), {str(file)!r}).shape == (16, 20, 3)
"""
    kept = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=kept, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_document_of_the_library_is_current():
    assert (ROOT / "docs/api.md").read_text(encoding="utf-8") == api.document(), (
        "python -m tools.api docs/api.md"
    )
