"""A whole export of a small generator, its report, and what is refused."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from srgan_tf import load
from srgan_tf.errors import UsageError, WorkError
from srgan_tf.exporting.model_card import weights_checksum
from srgan_tf.exporting.report import Exported, as_json, as_text
from srgan_tf.exporting.run import Plan, export
from srgan_tf.models.weights import save as save_generator
from tests.helpers import TINY, random_generator


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "pretrain" / "weights" / "step_00000007.keras"
    save_generator(random_generator().get_weights(), TINY, path)
    run = path.parent.parent
    (run / "config.json").write_text('{"steps": 9, "data": "/home/somebody/photos"}')
    (run / "metrics.csv").write_text("step,loss,val_psnr\n3,1,20.5\n7,1,21.5\n9,1,22.5\n")
    return path


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return Plan(tmp_path_factory.mktemp("exported") / "tiny", tiles=(16,), max_pixels=4096)


@pytest.fixture(scope="module")
def rows(weights, plan):
    return export(load(weights), str(weights), plan)


@pytest.mark.slow
def test_the_files(rows, plan):
    variants = ("float32", "float16", "dynamic", "int8")
    names = {f"tiny_{v}{size}.tflite" for v in variants for size in ("", "_16")}
    assert {p.name for p in plan.output.iterdir()} == names | {
        "1", "tiny.onnx", "model_card.json", "report.md", "report.json",
    }  # fmt: skip
    assert len(rows) == 10
    served = tf.saved_model.load(str(plan.saved_model)).signatures["about"](ask=tf.zeros(1, tf.int32))
    assert {n: int(v[0]) for n, v in served.items()} == {"scale": 4, "overlap": 12, "max_pixels": 4096}


@pytest.mark.slow
def test_the_report(rows, plan):
    entries = {entry.pop("file"): entry for entry in json.loads((plan.output / "report.json").read_text())}
    files = {path.name: path for path in plan.output.iterdir() if path.suffix in (".tflite", ".onnx")}
    (served,) = entries.keys() - files.keys()
    assert served.startswith("1/ (serving_default, ")
    assert entries[served]["bytes"] == sum(
        p.stat().st_size for p in plan.saved_model.rglob("*") if p.is_file()
    )
    for name, path in files.items():
        content = path.read_bytes()
        assert entries[name]["bytes"] == len(content)
        assert entries[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert (entries[name]["side"] == 16) == ("_16." in name) == bool(entries[name]["median_ms"])
    assert entries["tiny_float32.tflite"]["psnr"] is None or entries["tiny_float32.tflite"]["psnr"] > 70
    assert 30 <= entries["tiny_int8.tflite"]["psnr"] < 60
    text = (plan.output / "report.md").read_text()
    assert text.count("\n") == 2 + len(rows)
    assert "| tiny_int8_16.tflite | 16x16 |" in text


@pytest.mark.slow
def test_the_card(rows, plan, weights):
    card = json.loads((plan.output / "model_card.json").read_text())
    served = json.loads((plan.saved_model / "assets.extra" / "model_card.json").read_text())
    assert {name: card[name] for name in served} == served
    assert set(card) - set(served) == {"files", "stored_values"}
    assert card["generator"] == {
        "scale": 4,
        "blocks": 2,
        "filters": 8,
        "activation": "prelu",
        "upsampling": "progressive",
        "skip_connections": True,
    }
    assert card["training"]["steps"] == 9
    assert card["training"]["data"] == "photos"
    assert card["figures"] == {"step": 7, "val_psnr": 21.5}
    assert card["weights_sha256"] == weights_checksum(load(weights))


@pytest.mark.slow
def test_the_card_says_how_values_are_stored(rows, plan, weights):
    """A program that knows the card alone fills the int8 file and reads it."""
    file = "tiny_int8_16.tflite"
    facts = json.loads((plan.output / "model_card.json").read_text())["files"][file]
    assert facts["sha256"] == hashlib.sha256((plan.output / file).read_bytes()).hexdigest()
    lr, sr = facts["lr"], facts["sr"]
    assert (lr["dtype"], lr["shape"], lr["range"], sr["shape"], sr["range"]) == (
        "int8", [1, 16, 16, 3], [0, 1], [1, 64, 64, 3], [-1, 1],
    )  # fmt: skip
    values = np.random.default_rng(0).uniform(*lr["range"], size=lr["shape"])
    interpreter = Interpreter(str(plan.output / file))
    interpreter.allocate_tensors()
    stored = np.clip(np.rint(values / lr["scale"]) + lr["zero_point"], -128, 127)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], stored.astype(lr["dtype"]))
    interpreter.invoke()
    stored = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).astype(np.float64)
    expected = load(weights)(values.astype(np.float32)).numpy()
    error = np.clip(sr["scale"] * (stored - sr["zero_point"]), -1, 1) - np.clip(expected, -1, 1)
    assert np.sqrt(np.mean(error**2)) < 0.1


@pytest.mark.slow
def test_nothing_is_replaced_unasked(rows, weights, plan):
    model = load(weights)
    with pytest.raises(UsageError, match=r"1 exists: give --overwrite, another --version or"):
        export(model, str(weights), plan)
    onnx = dataclasses.replace(plan, formats=("onnx",), overwrite=True)
    assert [row.file for row in export(model, str(weights), onnx)] == ["tiny.onnx"]


@pytest.mark.slow
def test_a_model_that_answers_nan_leaves_nothing_behind(weights, tmp_path):
    model = load(weights)
    model.get_layer("head_conv").bias.assign(np.full(TINY.filters, np.nan))
    with pytest.raises(WorkError, match="NaN or infinity; it was not kept"):
        export(model, str(weights), Plan(tmp_path / "out", formats=("saved_model",)))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"formats": ("tflight",)}, "--formats=tflight: expected some of saved_model, tflite, onnx, web"),
        ({"formats": ()}, "--formats=: expected"),
        ({"formats": ("web",)}, "web shows TFLite files of fixed size"),
        ({"tiles": (4,)}, "--tflite_tile=4: expected sides of 8"),
        ({"version": 0}, "--version and --max_pixels"),
        ({"calibration": "/no/such/folder"}, "/no/such/folder"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(weights, tmp_path, changes, message):
    plan = dataclasses.replace(Plan(tmp_path / "out"), **changes)
    with pytest.raises(UsageError, match=message):
        export(random_generator(), str(weights), plan)
    assert not plan.output.exists()


def test_the_reports_forms():
    row = Exported("a.tflite", 1234567, {"ADD": 2, "CONV_2D": 3}, np.inf, 64, False, 12.6)
    assert "| a.tflite | 64x64 | 1,234,567 | equal | in part | 13 ms | 2 ADD, 3 CONV_2D |" in as_text([row])
    assert json.loads(as_json([row]))[0]["psnr"] is None
