"""One export: every file that was asked for, each checked before it takes its place, and the report."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from srgan_tf.errors import UsageError
from srgan_tf.export.endpoints import Endpoints
from srgan_tf.export.inference_graph import inference_graph
from srgan_tf.export.model_card import model_card
from srgan_tf.export.photographs import Photographs, open_photographs
from srgan_tf.export.report import Exported, as_json, as_text, parity, sha256
from srgan_tf.export.saved_model import SIGNATURES, write_saved_model
from srgan_tf.export.tflite import VARIANTS, convert, file_name
from srgan_tf.files import replacing, write_text
from srgan_tf.models.networks import config_of
from srgan_tf.quiet import quiet_libraries

FORMATS = ("saved_model", "tflite", "onnx", "web")
TIMED_RUNS = 5


@dataclass(frozen=True)
class Plan:
    """What to export, and where to.

    Attributes:
      output: the directory; its name is the model's name, and the start of the files' names.
      formats: some of `FORMATS`.
      version: of the SavedModel; TensorFlow Serving takes the highest.
      tiles: sides of the TFLite files of fixed size, LR pixels.
      max_pixels: the most LR pixels of one picture that the SavedModel takes.
      calibration: photographs: a folder or "sample".
      bfloat16: the SavedModel convolves in bfloat16.
      overwrite: what is there already is replaced.
      node_modules: a directory with the packages of the page's runtime; None fetches them with npm.
    """

    output: Path
    formats: tuple[str, ...] = ("saved_model", "tflite", "onnx")
    version: int = 1
    tiles: tuple[int, ...] = (64, 128)
    max_pixels: int = 512 * 512
    calibration: str = "sample"
    bfloat16: bool = False
    overwrite: bool = False
    node_modules: Path | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.output.resolve().name

    @property
    def saved_model(self) -> Path:
        """The SavedModel's directory."""
        return self.output / str(self.version)

    def tflite_files(self) -> list[tuple[str, int | None]]:
        """Variant and side of each TFLite file."""
        return [(variant, side) for variant in VARIANTS for side in (None, *self.tiles)]


def export(model: keras.Model, weights: str, overlap: int, plan: Plan) -> list[Exported]:
    """Writes what the plan asks for.

    Args:
      model: a generator.
      weights: what it was loaded by, for its card.
      overlap: LR pixels that tiles must share: the network's receptive radius.
      plan: what and where to.

    Returns:
      The report, which also lies in the output directory as `report.md` and `report.json`.

    Raises:
      UsageError: the plan cannot work, or a package it needs is not installed.
      WorkError: a file does not do what the model does; it is not kept.
    """
    _check(plan)
    _check_packages(plan)
    photographs = open_photographs(plan.calibration, config_of(model).scale)
    card = model_card(model, weights, overlap=overlap, max_pixels=plan.max_pixels, bfloat16=plan.bfloat16)
    rows = []
    total = sum(len(plan.tflite_files()) if f == "tflite" else 1 for f in plan.formats)
    with tqdm(total=total, desc="exporting", unit="file") as bar:
        for row in _files(model, overlap, card, photographs, plan):
            if row is not None:
                rows.append(row)
            bar.update()
    write_text(plan.output / "model_card.json", card)
    write_text(plan.output / "report.json", as_json(rows))
    write_text(plan.output / "report.md", as_text(rows))
    return rows


def _files(
    model: keras.Model, overlap: int, card: str, photographs: Photographs, plan: Plan
) -> Iterator[Exported | None]:
    expected = _Expected(model, photographs)
    if "saved_model" in plan.formats:
        yield _saved_model(model, overlap, card, expected, plan)
    if "tflite" in plan.formats:
        for variant, side in plan.tflite_files():
            yield _tflite(model, variant, side, expected, plan)
    if "onnx" in plan.formats:
        yield _onnx(model, expected, plan)
    if "web" in plan.formats:
        from srgan_tf.export.page import write_page

        # The runtime takes float input only. A larger tile has relatively less margin.
        sides = sorted(plan.tiles, reverse=True)
        files = [file_name(plan.name, v, side) for v in ("dynamic", "float16", "float32") for side in sides]
        write_page(plan.output, files, config_of(model).scale, overlap, plan.node_modules)
        yield None


class _Expected:
    """The photographs that files are compared on, and the Keras model's results, per side."""

    def __init__(self, model: keras.Model, photographs: Photographs) -> None:
        self._model = model
        self.photographs = photographs
        self._results: dict[int | None, list[np.ndarray]] = {}

    def parity(self, name: str, run: Callable[[np.ndarray], np.ndarray], side: int | None = None) -> float:
        """How close a file comes; see `srgan_tf.export.report.parity`."""
        crops = self.photographs.compared_crops(side)
        if side not in self._results:
            self._results[side] = [self._model(lr, training=False).numpy() for lr in crops]
        return parity(name, [run(lr) for lr in crops], self._results[side])


def _saved_model(model: keras.Model, overlap: int, card: str, expected: _Expected, plan: Plan) -> Exported:
    network = inference_graph(model, bfloat16=plan.bfloat16)
    endpoints = Endpoints(network, scale=config_of(model).scale, overlap=overlap, max_pixels=plan.max_pixels)
    with replacing(plan.saved_model) as beside:
        write_saved_model(endpoints, beside, model_name=plan.name, card=card)
        served = tf.saved_model.load(str(beside)).signatures["upscale_float"]
        closeness = expected.parity(f"{plan.version}/", lambda lr: served(lr=tf.constant(lr))["sr"].numpy())
        size = sum(file.stat().st_size for file in beside.rglob("*") if file.is_file())
    kinds = {kind: 0 for kind in ("Conv2D", "Maximum", "SelectV2", "LeakyRelu", "Sub", "DepthToSpace")}
    for layer_kind in _graph_kinds(network):
        if layer_kind in kinds:
            kinds[layer_kind] += 1
    return Exported(
        f"{plan.version}/ ({', '.join(SIGNATURES)})", size, {k: n for k, n in kinds.items() if n}, closeness
    )


def _graph_kinds(network: keras.Model) -> list[str]:
    spec = tf.TensorSpec((None, None, None, 3), tf.float32)
    graph = tf.function(lambda lr: network(lr, training=False)).get_concrete_function(spec).graph
    return [operation.type for operation in graph.get_operations()]


def _tflite(model: keras.Model, variant: str, side: int | None, expected: _Expected, plan: Plan) -> Exported:
    from srgan_tf.export.litert import benchmark, open_litert

    name = file_name(plan.name, variant, side)
    calibration = expected.photographs.calibration_crops(side) if variant == "int8" else []
    with quiet_libraries(), replacing(plan.output / name) as beside:
        beside.write_bytes(convert(model, variant, side, calibration))
        file = open_litert(beside, name)
        closeness = expected.parity(name, file.run, side)
        timing = benchmark(beside, TIMED_RUNS)
        return Exported(
            name,
            beside.stat().st_size,
            file.operators,
            closeness,
            side,
            timing.whole,
            timing.median_ms if side else None,
            sha256(beside),
            {"lr": vars(file.lr), "sr": vars(file.sr)},
        )


def _onnx(model: keras.Model, expected: _Expected, plan: Plan) -> Exported:
    from srgan_tf.export.onnx_file import open_onnx, operators, write_onnx

    name = f"{plan.name}.onnx"
    with quiet_libraries(), replacing(plan.output / name) as beside:
        write_onnx(model, beside)
        closeness = expected.parity(name, open_onnx(beside))
        return Exported(name, beside.stat().st_size, operators(beside), closeness, sha256=sha256(beside))


def _check(plan: Plan) -> None:
    """Refuses a plan that cannot work, before anything is computed."""
    unknown = [name for name in plan.formats if name not in FORMATS]
    if unknown or not plan.formats:
        raise UsageError(f"--formats={','.join(plan.formats)}: expected some of {', '.join(FORMATS)}")
    if "web" in plan.formats and ("tflite" not in plan.formats or not plan.tiles):
        raise UsageError("--formats: web shows TFLite files of fixed size; add tflite and --tflite_tile")
    if any(side < 8 for side in plan.tiles):
        raise UsageError(
            f"--tflite_tile={','.join(map(str, plan.tiles))}: expected sides of 8 pixels or more"
        )
    if plan.version < 1 or plan.max_pixels < 1:
        raise UsageError("--version and --max_pixels: expected numbers above 0")
    if plan.output.exists() and not plan.output.is_dir():
        raise UsageError(f"--output={plan.output}: it is a file; give a directory")
    made = {
        "saved_model": [plan.saved_model],
        "tflite": [plan.output / file_name(plan.name, *each) for each in plan.tflite_files()],
        "onnx": [plan.output / f"{plan.name}.onnx"],
        "web": [plan.output / "index.html"],
    }
    there = [path for name in plan.formats for path in made[name] if path.exists()]
    if there and not plan.overwrite:
        raise UsageError(f"{there[0]} exists: give --overwrite, another --version or another --output")


def _check_packages(plan: Plan) -> None:
    """Imports what the formats need, so that a missing package is named at once."""
    needs = {
        "saved_model": ("tensorflow_serving.apis.predict_pb2",),
        "tflite": ("ai_edge_litert.interpreter",),
        "onnx": ("onnx", "tf2onnx", "onnxruntime"),
        "web": (),
    }
    for name in plan.formats:
        for module in needs[name]:
            try:
                with quiet_libraries():
                    importlib.import_module(module)
            except ImportError as error:
                raise UsageError(
                    f"--formats={name} needs the package {module.split('.')[0]}: pip install -e '.[export]', "
                    "or leave the format out"
                ) from error
