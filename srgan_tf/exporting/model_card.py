"""The card of an exported model, for people and for programs that feed it."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from srgan_tf.exporting.report import Exported
from srgan_tf.models.networks import config_of, receptive_radius
from srgan_tf.models.weights import card as released_card
from srgan_tf.models.weights import names
from srgan_tf.run_directory import read_metrics, run_of, step_of, weights_file

ENDPOINTS = {
    "serving_default": {
        "image_bytes": "string (N,): JPEG, PNG, WebP, GIF or BMP files of any sizes, no animations",
        "sr_image_bytes": "string (N,): 8-bit RGB PNG files",
    },
    "upscale": {
        "lr": "uint8 (N, h, w, 3): RGB, 0..255",
        "sr": "uint8 (N, scale*h, scale*w, 3): RGB, 0..255",
    },
    "upscale_float": {
        "lr": "float32 (N, h, w, 3): RGB, [0, 1]",
        "sr": "float32 (N, scale*h, scale*w, 3): RGB, [-1, 1], not clipped",
    },
    "about": {"ask": "int32 (N,): any values", "scale, overlap, max_pixels": "int32 (N,)"},
}


STORED = (
    "value = scale * (stored - zero_point), or value = stored where scale is 0; values of sr whose range is "
    "[-1, 1] go a little beyond it: clip them, and 127.5 * (value + 1) are levels of 0 to 255; uint8 holds "
    "levels of 0 to 255"
)


def model_card(model: keras.Model, weights: str, *, max_pixels: int, bfloat16: bool) -> dict[str, Any]:
    """Returns the card of a SavedModel; `with_files` adds the other files.

    Args:
      model: the generator.
      weights: the name that it was loaded by: a released name, a `.keras` file or a run directory.
      max_pixels: the most LR pixels of one image that the SavedModel takes.
      bfloat16: whether the SavedModel convolves in bfloat16.
    """
    config = config_of(model)
    return {
        "what": f"super-resolution of RGB images by {config.scale} (Ledig et al., CVPR 2017)",
        "scale": config.scale,
        "generator": dataclasses.asdict(config),
        "parameters": model.count_params(),
        "overlap": receptive_radius(model),
        "max_pixels": max_pixels,
        "convolutions": "bfloat16" if bfloat16 else "float32",
        "endpoints": ENDPOINTS,
        "weights_sha256": weights_checksum(model),
        **_origin(weights),
        "made_with": {"tensorflow": tf.__version__, "keras": keras.__version__},
    }


def with_files(card: dict[str, Any], rows: list[Exported]) -> dict[str, Any]:
    """Returns the card with each TFLite and ONNX file: checksum, and form and range of input and output."""
    files = {}
    for row in rows:
        if row.tensors:
            tensors = {
                name: {**dataclasses.asdict(t), "range": list(t.range_of(name))}
                for name, t in row.tensors.items()
            }
            files[row.file] = {"sha256": row.sha256, **tensors}
    return {**card, "files": files, "stored_values": STORED} if files else card


def as_json(card: dict[str, Any]) -> str:
    """Returns the text of `model_card.json`."""
    return json.dumps(card, indent=2) + "\n"


def weights_checksum(model: keras.Model) -> str:
    """Returns the SHA-256 of the weights as little-endian float32, in the order of `get_weights`."""
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(weight.astype("<f4").tobytes())
    return digest.hexdigest()


def _origin(weights: str) -> dict[str, Any]:
    """Returns training and figures: a released model's from its card, others' from the run beside them."""
    if weights in names():
        return {"weights": weights, "training": released_card(weights)}
    file = weights_file(Path(weights))
    run = run_of(file)
    if run is None:
        return {"weights": file.name, "training": "unknown: no step_N.keras of a run directory"}
    training = json.loads(run.config.read_text(encoding="utf-8"))
    # No paths of the machine that trained.
    for name in ("data", "val_data", "init_from", "teacher", "vgg_weights"):
        training[name] = Path(training.get(name, "")).name
    return {"weights": file.name, "training": training, "figures": _validation(run.metrics, step_of(file))}


def _validation(metrics: Path, step: int) -> dict[str, float]:
    """Returns the run's last validation up to a step; nothing if it made none."""
    rows = [row for row in read_metrics(metrics) if "val_psnr" in row and row["step"] <= step]
    figures = rows[-1] if rows else {}
    return {name: value for name, value in figures.items() if name == "step" or name.startswith("val_")}
