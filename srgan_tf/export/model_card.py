"""What an exported model is: read by people, and by programs that feed it."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from srgan_tf.models.networks import config_of
from srgan_tf.models.weights import card as released_card
from srgan_tf.models.weights import names
from srgan_tf.run_directory import RunDirectory, read_metrics, step_of, weights_file

ENDPOINTS = {
    "serving_default": {
        "image_bytes": "string (N,): JPEG, PNG, WebP, GIF or BMP files of any sizes",
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


def model_card(model: keras.Model, weights: str, *, overlap: int, max_pixels: int, bfloat16: bool) -> str:
    """The text of `model_card.json`.

    Args:
      model: the generator.
      weights: what it was loaded by: a released name, a `.keras` file or a run directory.
      overlap: LR pixels that tiles must share.
      max_pixels: the most LR pixels of one picture that the SavedModel takes.
      bfloat16: whether the SavedModel convolves in bfloat16.

    Returns:
      JSON.
    """
    config = config_of(model)
    facts: dict[str, Any] = {
        "what": f"super-resolution of RGB pictures by {config.scale} (Ledig et al., CVPR 2017)",
        "scale": config.scale,
        "generator": dataclasses.asdict(config),
        "parameters": model.count_params(),
        "overlap": overlap,
        "max_pixels": max_pixels,
        "convolutions": "bfloat16" if bfloat16 else "float32",
        "endpoints": ENDPOINTS,
        "weights_sha256": weights_checksum(model),
        **_origin(weights),
        "made_with": {"tensorflow": tf.__version__, "keras": keras.__version__},
    }
    return json.dumps(facts, indent=2) + "\n"


def weights_checksum(model: keras.Model) -> str:
    """SHA-256 of the weights, little-endian float32 one after the other in the order of `get_weights`."""
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(weight.astype("<f4").tobytes())
    return digest.hexdigest()


def _origin(weights: str) -> dict[str, Any]:
    """Training and figures: of a released model from its card, of others from the run beside the weights."""
    if weights in names():
        return {"weights": weights, "training": released_card(weights)}
    file = weights_file(Path(weights))
    run = RunDirectory(file.parent.parent)
    if not run.config.is_file():
        return {"weights": file.name, "training": "unknown: the weights do not lie in a run directory"}
    training = json.loads(run.config.read_text(encoding="utf-8"))
    # No paths of the machine that trained.
    for name in ("data", "val_data", "init_from", "teacher", "vgg_weights"):
        training[name] = Path(training.get(name, "")).name
    return {"weights": file.name, "training": training, "figures": _validation(run.metrics, step_of(file))}


def _validation(metrics: Path, step: int) -> dict[str, float]:
    """The run's last validation up to a step; nothing if it made none."""
    rows = [row for row in read_metrics(metrics) if "val_psnr" in row and row["step"] <= step]
    figures = rows[-1] if rows else {}
    return {name: value for name, value in figures.items() if name == "step" or name.startswith("val_")}
