"""One export: the files that were asked for, each checked before it takes its place, card and report."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from srgan_tf import load
from srgan_tf.errors import UsageError
from srgan_tf.exporting import model_card, report
from srgan_tf.exporting.comparison import Images, Reference, open_images
from srgan_tf.exporting.endpoints import Endpoints
from srgan_tf.exporting.page import write_page
from srgan_tf.exporting.report import Exported
from srgan_tf.exporting.runtimes import (
    VARIANTS,
    benchmark,
    convert,
    file_name,
    onnx_operators,
    open_onnx,
    write_onnx,
)
from srgan_tf.exporting.saved_model import SIGNATURES, write_saved_model
from srgan_tf.files import check_writable, replacing, sha256_of, write_text
from srgan_tf.inference.litert import TensorFacts, open_litert
from srgan_tf.models.interpolation import end_names
from srgan_tf.models.networks import config_of
from srgan_tf.progress import progress
from srgan_tf.quiet import quiet_libraries

FORMATS = ("saved_model", "tflite", "onnx", "web")
TIMED_RUNS = 5


@dataclass(frozen=True)
class Plan:
    """The files of one export, and their place.

    Attributes:
      output: the directory; its name is the model's name, and the start of the files' names.
      formats: some of `FORMATS`.
      version: of the SavedModel; TensorFlow Serving takes the highest.
      tiles: sides of the TFLite files of fixed size, LR pixels.
      max_pixels: the most LR pixels of one image that the SavedModel takes.
      calibration: images: a folder or "sample".
      levels: input and output of the TFLite and ONNX files are uint8, levels of 0 to 255.
      bfloat16: the SavedModel convolves in bfloat16.
      overwrite: replace what is there.
      node_modules: a directory with the packages of the page's runtime; None fetches them with npm.
      strength: as `srgan_tf.load` takes it; None for the weights as they are.
      faithful: as `srgan_tf.load` takes it.
      page_strengths: further strengths between which users of the page choose.
    """

    output: Path
    formats: tuple[str, ...] = ("saved_model", "tflite", "onnx")
    version: int = 1
    tiles: tuple[int, ...] = (64, 128)
    max_pixels: int = 512 * 512
    calibration: str = "sample"
    levels: bool = False
    bfloat16: bool = False
    overwrite: bool = False
    node_modules: Path | None = None
    strength: float | None = None
    faithful: str | None = None
    page_strengths: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """The model's name."""
        return self.output.resolve().name

    @property
    def stem(self) -> str:
        """The start of the names of TFLite and ONNX files."""
        return f"{self.name}_0-255" if self.levels else self.name

    @property
    def saved_model(self) -> Path:
        """The SavedModel's directory."""
        return self.output / str(self.version)

    def tflite_files(self) -> list[tuple[str, int | None]]:
        """Variant and side of each TFLite file."""
        return [(variant, side) for variant in VARIANTS for side in (None, *self.tiles)]

    def others(self) -> list[float]:
        """The strengths of the page besides that of the other files."""
        return sorted({*self.page_strengths} - {self.main_strength})

    @property
    def main_strength(self) -> float:
        """The strength of the other files."""
        return 1.0 if self.strength is None else self.strength

    def page_files(self, strength: float) -> list[str]:
        """Files of the page for a strength, the preferred one first; the runtime takes float input only."""
        main = strength == self.main_strength
        stem = self.name if main else f"{self.name}_strength{strength:g}"
        variants = ("dynamic", "float16", "float32") if main else ("dynamic",)
        sides = sorted(self.tiles, reverse=True)  # a larger tile has relatively less halo
        return [file_name(stem, variant, side) for variant in variants for side in sides]


def model_of(weights: str, plan: Plan) -> keras.Model:
    """Returns the generator that a plan exports, at its strength.

    Raises:
      UsageError: there is none, or a strength cannot be.
    """
    for strength in plan.others():
        end_names(weights, strength, plan.faithful)
    shared = plan.strength is None and plan.page_strengths  # then --faithful is for the page
    return load(weights, strength=plan.strength, faithful=None if shared else plan.faithful)


def export(model: keras.Model, weights: str, plan: Plan) -> list[Exported]:
    """Writes the files of a plan.

    Args:
      model: of `model_of`.
      weights: a released model's name, a `.keras` file or a run directory.
      plan: what and where to.

    Returns:
      The report, which also lies in the output directory as `report.md` and `report.json`.

    Raises:
      UsageError: the plan cannot work, or a package it needs is not installed.
      WorkError: a file does not do what the model does; it is not kept.
    """
    _check(plan)
    _check_packages(plan)
    images = open_images(plan.calibration, config_of(model).scale)
    card = model_card.model_card(model, weights, max_pixels=plan.max_pixels, bfloat16=plan.bfloat16)
    heading = ""
    if plan.strength is not None:
        start, crisp = (Path(name).name for name in end_names(weights, plan.strength, plan.faithful))
        card["interpolation"] = {"strength": plan.strength, "faithful": start}
        heading = f"{crisp} at strength {plan.strength:g} (0 is {start})\n\n"
    rows = []
    total = sum(len(plan.tflite_files()) if f == "tflite" else 1 for f in plan.formats)
    total += len(plan.others()) * len(plan.tiles)
    with progress(total, unit="file", desc="exporting") as bar:
        for row in _files(model, weights, card, images, plan):
            rows += [row] if row else []
            bar.update()
    write_text(plan.output / "model_card.json", model_card.as_json(model_card.with_files(card, rows)))
    write_text(plan.output / "report.json", report.as_json(rows))
    write_text(plan.output / "report.md", heading + report.as_text(rows))
    return rows


def _files(
    model: keras.Model, weights: str, card: dict[str, Any], images: Images, plan: Plan
) -> Iterator[Exported | None]:
    reference = Reference(model, images)
    if "saved_model" in plan.formats:
        yield _saved_model(model, card, reference, plan)
    if "tflite" in plan.formats:
        for variant, side in plan.tflite_files():
            calibration = images.calibration_crops(side) if variant == "int8" else []
            yield _tflite(model, variant, side, calibration, reference, plan)
    if "onnx" in plan.formats:
        yield _onnx(model, reference, plan)
    if "web" in plan.formats:
        for strength in plan.others():
            other = load(weights, strength=strength, faithful=plan.faithful)
            compared = Reference(other, images)
            for side, name in zip(sorted(plan.tiles, reverse=True), plan.page_files(strength), strict=True):
                yield _tflite(other, "dynamic", side, [], compared, plan, name)
        listed = {each: plan.page_files(each) for each in sorted([plan.main_strength, *plan.others()])}
        files = plan.page_files(plan.main_strength)
        write_page(plan.output, files, model, plan.node_modules, listed if plan.others() else {})
        yield None


def _saved_model(model: keras.Model, card: dict[str, Any], reference: Reference, plan: Plan) -> Exported:
    endpoints = Endpoints(model, max_pixels=plan.max_pixels, bfloat16=plan.bfloat16)
    with replacing(plan.saved_model) as beside:
        write_saved_model(endpoints, beside, model_name=plan.name, card=model_card.as_json(card))
        served = tf.saved_model.load(str(beside)).signatures["upscale_float"]
        closeness = reference.closeness(
            f"{plan.version}/", lambda lr: served(lr=tf.constant(lr))["sr"].numpy()
        )
        size = sum(file.stat().st_size for file in beside.rglob("*") if file.is_file())
    name = f"{plan.version}/ ({', '.join(SIGNATURES)})"
    return Exported(name, size, endpoints.operators(), closeness)


def _tflite(
    model: keras.Model,
    variant: str,
    side: int | None,
    calibration: list,
    reference: Reference,
    plan: Plan,
    name: str | None = None,
) -> Exported:
    from srgan_tf.exporting.tflite_metadata import described

    name = name or file_name(plan.stem, variant, side)
    with quiet_libraries(), replacing(plan.output / name) as beside:
        content = convert(model, variant, side, calibration, levels=plan.levels)
        beside.write_bytes(content)
        bare = open_litert(beside, name)
        scale = config_of(model).scale
        beside.write_bytes(described(content, plan.name, lr=bare.lr, sr=bare.sr, scale=scale))
        file = open_litert(beside, name)
        closeness = reference.closeness(name, file.run, side)
        timing = benchmark(beside, TIMED_RUNS)
        return Exported(
            name,
            beside.stat().st_size,
            file.operators,
            closeness,
            side,
            timing.whole,
            timing.median_ms if side else None,
            sha256_of(beside),
            {"lr": file.lr, "sr": file.sr},
        )


def _onnx(model: keras.Model, reference: Reference, plan: Plan) -> Exported:
    name = f"{plan.stem}.onnx"
    with quiet_libraries(), replacing(plan.output / name) as beside:
        write_onnx(model, beside, levels=plan.levels)
        closeness = reference.closeness(name, open_onnx(beside))
        batch = TensorFacts("uint8" if plan.levels else "float32", (-1, -1, -1, 3))
        return Exported(
            name,
            beside.stat().st_size,
            onnx_operators(beside),
            closeness,
            sha256=sha256_of(beside),
            tensors={"lr": batch, "sr": batch},
        )


def _check(plan: Plan) -> None:
    """Refuses a plan that cannot work, before anything is computed."""
    unknown = [name for name in plan.formats if name not in FORMATS]
    if unknown or not plan.formats:
        raise UsageError(f"--formats={','.join(plan.formats)}: expected some of {', '.join(FORMATS)}")
    if "web" in plan.formats and ("tflite" not in plan.formats or not plan.tiles):
        raise UsageError("--formats: web shows TFLite files of fixed size; add tflite and --tflite_tile")
    if plan.levels and "web" in plan.formats:
        raise UsageError("--range=0-255: the page takes float files; leave web out of --formats")
    if any(side < 8 for side in plan.tiles):
        raise UsageError(
            f"--tflite_tile={','.join(map(str, plan.tiles))}: expected sides of 8 pixels or more"
        )
    if plan.page_strengths and "web" not in plan.formats:
        raise UsageError("--page_strengths has an effect with --formats=tflite,web only; leave it out")
    if plan.version < 1 or plan.max_pixels < 1:
        raise UsageError("--version and --max_pixels: expected numbers above 0")
    if plan.output.exists() and not plan.output.is_dir():
        raise UsageError(f"--output={plan.output}: it is a file; give a directory")
    check_writable(plan.output, "output")
    made = {
        "saved_model": [plan.saved_model],
        "tflite": [plan.output / file_name(plan.stem, *each) for each in plan.tflite_files()],
        "onnx": [plan.output / f"{plan.stem}.onnx"],
        "web": [
            plan.output / name
            for name in ("index.html", *(file for each in plan.others() for file in plan.page_files(each)))
        ],
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
                    f"--formats={name} needs the package {module.split('.')[0]}: pip install '.[export]', "
                    "or leave the format out"
                ) from error
