"""The functions of the package for use in other programs; each is what the command of its name does."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_tf.errors import UsageError

if TYPE_CHECKING:
    import keras
    import numpy as np
    from PIL import Image

    from srgan_tf.inference.network import Network
    from srgan_tf.models.config import Precision

    ImageLike = str | Path | Image.Image | np.ndarray


def load(
    name_or_path: str | Path,
    precision: Precision | None = None,
    *,
    strength: float | None = None,
    faithful: str | Path | None = None,
) -> keras.Model:
    """Returns a generator, ready to use.

    Args:
      name_or_path: a released model's name, a `.keras` file, or a run directory, of which the newest weights
        of the second phase are taken, or of the first where there is no second.
      precision: numeric types of its layers; None is float32.
      strength: share of its weights, in [0, 1]; the rest is the faithful network's (network interpolation,
        Wang et al., ESRGAN, 2018, section 3.4). None takes the network as it is, as 1 does.
      faithful: the network of strength 0, named as the first one is; of the same shape, and one of both
        trained from the other. None takes that of a released SRGAN: `srresnet`, or `srresnet-mobile`.

    Returns:
      Functional model: LR float32 (N, h, w, 3) in [0, 1] -> SR float32 (N, scale*h, scale*w, 3), about
      [-1, 1].

    Raises:
      UsageError: no such name or path, no weights in the directory, a file that is damaged, or two networks
        of different shapes.
    """
    _start()
    from srgan_tf.models.interpolation import end_names, interpolated

    if strength is None and faithful is None:
        return _loaded(name_or_path, precision)
    start, crisp = end_names(str(name_or_path), strength, faithful and str(faithful))
    return interpolated(_loaded(start, precision), _loaded(crisp, precision), strength)


def upscale(
    image: ImageLike | Sequence[ImageLike],
    model: str | Path | keras.Model = "srgan-photo",
    *,
    output_scale: float | None = None,
    max_memory: float | None = None,
    strength: float | None = None,
    faithful: str | Path | None = None,
    self_ensemble: bool = False,
    precision: str = "auto",
) -> np.ndarray | Image.Image | list:
    """Returns images upscaled by a generator, each in the form in which it was given.

    Images of any size go through the network in overlapping tiles, mirrored at their borders. Grey stays
    grey, and alpha is upscaled bicubically.

    Args:
      image: the path of an image file; or a Pillow image, whose EXIF orientation is applied; or an array or
        tensor of uint8, uint16, or floats in [0, 1], (h, w) grey, or (h, w, C) with C = 1 grey, 2 grey and
        alpha, 3 RGB, 4 RGBA, or (N, h, w, C), a batch; or a list of these.
      model: a released model's name ("srgan" for clean, sharp sources), a `.keras` or `.tflite` file, a run
        directory, or what `load` returns. What is named is kept in memory for the next call.
      output_scale: side of a result over that of its image; None is the network's scale. Otherwise a bicubic
        resize follows the network.
      max_memory: bytes for the work, besides images and results; None takes as many as `upscale.py`.
      strength: between a faithful network, 0, and a crisp one, 1, as `load` takes it.
      faithful: the network of strength 0, as `load` takes it.
      self_ensemble: True for the mean of the results of the eight flips and rotations of an image (Timofte et
        al., CVPR 2016), at eight times the work.
      precision: "float32", "bfloat16", "int8", or "auto", the fastest that is within 50 dB of float32 for
        this model on this processor. With "auto" a model of `load` keeps the types it was loaded in.

    Returns:
      For a path an array of uint8 or uint16, (H, W) or (H, W, C); for a Pillow image a Pillow image; for an
      array one of the same type and number of dimensions; for a list a list.

    Raises:
      UsageError: not an image of these forms, no such model, or the memory is too little.
      WorkError: a file cannot be read; the message names it.
    """
    from srgan_tf.command_line import check_value
    from srgan_tf.inference.forms import upscaled_like
    from srgan_tf.inference.upscaler import MAX_MEMORY, local

    if output_scale is not None:
        check_value("output_scale", output_scale, None, "factor")
    network = _network(model, strength, faithful, precision)
    memory = MAX_MEMORY if max_memory is None else int(max_memory)
    upscaler = local(network, memory, self_ensemble=self_ensemble)
    if isinstance(image, list | tuple):
        return [upscaled_like(each, upscaler, output_scale) for each in image]
    return upscaled_like(image, upscaler, output_scale)


def train(run_dir: str | Path, **values: Any) -> Path:
    """Trains one phase of a run, or goes on with it, and returns the file of its newest weights.

    Args:
      run_dir: the folder of the run.
      **values: the flags of `train.py` by name, such as `phase="pretrain"`, `data="photos"`, `preset="cpu"`.

    Returns:
      A `.keras` file, which `load` takes.

    Raises:
      UsageError: a value is unknown, cannot work, or contradicts the run.
      WorkError: the training failed.
      Stopped: Ctrl-C or SIGTERM came; everything is saved, and the same call goes on.
    """
    _start()
    from srgan_tf.config import FLAGS
    from srgan_tf.run_directory import newest_weights
    from srgan_tf.training.run import train as train_run

    types = {flag.name: flag.type for flag in FLAGS}
    for name, value in values.items():
        if name not in types:
            raise UsageError(f"{name}: no value of a run; expected some of {', '.join(sorted(types))}")
        if isinstance(value, Path):
            values[name] = str(value)
        elif type(value) is not types[name] and (type(value), types[name]) != (int, float):
            raise UsageError(f"{name}={value!r}: expected {types[name].__name__}")
    return newest_weights(train_run(values, Path(run_dir).expanduser()))


def evaluate(
    benchmarks: str | Path,
    methods: str = "nearest,bicubic,srgan",
    report: str | Path = "report",
    *,
    protocol: str = "both",
    degradation: str = "clean",
    scale: int = 4,
    precision: str = "float32",
    niqe: str = "",
    vgg_weights: str = "",
    vgg_layer: str = "vgg54",
) -> dict[str, Any]:
    """Evaluates methods on datasets, writes a report and returns its figures.

    Figures are those of the plain networks, which see zeros around an image.

    Args:
      benchmarks: folder that holds a folder of HR images for each dataset.
      methods: separated by commas: nearest, bicubic, selfexsr, a released name, or NAME=PATH of weights, a
        run, a TFLite file or a folder of images.
      report: the folder to write.
      protocol: "paper", "community" or "both".
      degradation: what LR goes through besides, such as "jpeg75" or "clean,phone", as in `evaluate.py`.
      scale: factor by which each side grows.
      precision: numeric types of the networks, as in `evaluate.py`.
      niqe: "photographs" or a file with NIQE's parameters; empty for no NIQE.
      vgg_weights: weights for the distance of VGG-19's features; empty for none.
      vgg_layer: "vgg22" or "vgg54", the layer of that distance.

    Returns:
      The content of `report/figures.json`: under "figures" the means with their intervals, under "problems" a
      line for everything that could not be evaluated.

    Raises:
      UsageError: there is nothing to evaluate, or the report cannot be written.
      WorkError: nothing could be evaluated.
    """
    _start()
    from srgan_tf.evaluation.run import run_evaluation

    folder = Path(report).expanduser()
    run_evaluation(
        benchmarks=Path(benchmarks).expanduser(),
        methods=methods,
        report=folder,
        protocol=protocol,
        degradation=degradation,
        scale=scale,
        precision=precision,
        niqe=niqe,
        vgg_weights=vgg_weights,
        vgg_layer=vgg_layer,
    )
    return json.loads((folder / "figures.json").read_text(encoding="utf-8"))


def export(
    weights: str | Path, output: str | Path, *, formats: str | Sequence[str] | None = None, **options: Any
) -> list[Path]:
    """Exports a generator for use without this program and returns the files.

    Args:
      weights: a released model's name, a `.keras` file or a run directory.
      output: the folder to write; its last part names the model.
      formats: some of "saved_model", "tflite", "onnx" and "web"; None takes those of `export.py`.
      **options: further fields of `srgan_tf.exporting.run.Plan`, such as `overwrite=True`,
        `strength=0.5` or `calibration="photos"`, a folder of images for int8's ranges and for the comparison
        of each file.

    Returns:
      The files, and the folder of the SavedModel; `report.md` and `model_card.json` lie beside them.

    Raises:
      UsageError: a value cannot work, or a package that is needed is not installed.
      WorkError: a file does not do what the model does; it is not kept.
    """
    _start()
    from srgan_tf.exporting.run import Plan, model_of
    from srgan_tf.exporting.run import export as export_plan

    if formats is not None:
        options["formats"] = (formats,) if isinstance(formats, str) else tuple(formats)
    try:
        plan = Plan(Path(output).expanduser(), **options)
    except TypeError:
        known = ", ".join(sorted(Plan.__dataclass_fields__))
        raise UsageError(
            f"{', '.join(options)}: not all are options of an export; expected {known}"
        ) from None
    rows = export_plan(model_of(str(weights), plan), str(weights), plan)
    return [plan.output / row.file for row in rows]


def _loaded(name_or_path: str | Path, precision: Precision | None) -> keras.Model:
    from srgan_tf.models import weights
    from srgan_tf.models.config import Precision
    from srgan_tf.run_directory import weights_file

    if "://" in str(name_or_path):
        raise UsageError(f"{name_or_path}: an address; download the model and give its file")
    released = str(name_or_path) in weights.names()
    file = name_or_path if released else weights_file(Path(name_or_path).expanduser())
    return weights.load(file, precision or Precision())


def _start() -> None:
    """Starts TensorFlow without its greetings, where the program has not started it."""
    if "tensorflow" not in sys.modules:
        from srgan_tf.quiet import start_tensorflow

        start_tensorflow()


def _network(
    model: str | Path | keras.Model, strength: float | None, faithful: str | Path | None, precision: str
) -> Network:
    if "keras" in sys.modules and isinstance(model, sys.modules["keras"].Model):
        if not hasattr(model, "network_config"):
            raise UsageError(
                f"model={model.name}: no generator of this package; expected one of srgan_tf.load"
            )
        if strength is not None or faithful is not None:
            raise UsageError("strength and faithful are for models by name; give them to srgan_tf.load")
        from srgan_tf.inference.network import network_from

        return network_from(model, precision)
    if not isinstance(model, str | Path):
        raise UsageError(
            f"model={type(model).__name__}: expected a released name, a path or a model of srgan_tf.load; "
            "the image comes first, upscale(image, model)"
        )
    return _named(_dated(model), strength, None if faithful is None else _dated(faithful), precision)


def _dated(model: str | Path) -> tuple[str, int]:
    """A model's name, or its file with the time of its last change."""
    from srgan_tf.models.weights import names

    if str(model) in names():
        return str(model), 0
    _start()  # what is not released needs TensorFlow
    from srgan_tf.run_directory import weights_file

    file = weights_file(Path(model).expanduser())
    changed = file.stat().st_mtime_ns if file.is_file() else 0
    return str(file.resolve() if changed else model), changed


@lru_cache(maxsize=4)
def _named(
    model: tuple[str, int], strength: float | None, faithful: tuple[str, int] | None, precision: str
) -> Network:
    from srgan_tf.inference.network import network_of

    return network_of(model[0], strength, faithful and faithful[0], precision=precision)
