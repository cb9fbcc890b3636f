"""Every fast form of every released generator against float32: difference, PSNR and time."""

import os
import sys
import time
from pathlib import Path

import numpy as np
from skimage import data

from benchmarks.results import show
from srgan_tf.errors import exit_code
from srgan_tf.images import image_files
from srgan_tf.images.reading import read_image
from srgan_tf.inference.network import network_of
from srgan_tf.inference.precisions import FLOOR, PRECISIONS, has_litert
from srgan_tf.inference.upscaler import upscale
from srgan_tf.markdown import markdown_table
from srgan_tf.models.weights import card, names

PHOTOGRAPHS, SIDE, CUT = 20, 144, 48


def photographs() -> list[np.ndarray]:
    """Returns the middles of photographs, uint8 (SIDE, SIDE, 3)."""
    if os.environ.get("SRGAN_DATA"):
        files = image_files(Path(os.environ["SRGAN_DATA"]) / "train" / "photos")
        files = files[:: max(len(files) // PHOTOGRAPHS, 1)][:PHOTOGRAPHS]
        images = [read_image(file).colour for file in files]
    else:
        images = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]
    corners = [((image.shape[0] - SIDE) // 2, (image.shape[1] - SIDE) // 2) for image in images]
    return [image[y : y + SIDE, x : x + SIDE] for image, (y, x) in zip(images, corners, strict=True)]


def psnr(difference: np.ndarray) -> float:
    """Returns the PSNR of a difference in levels of 255, dB."""
    return float(10 * np.log10(255**2 / max(np.mean(difference.astype(np.float64) ** 2), 1e-9)))


def compared(name: str, images: list[np.ndarray]) -> list[list[str]]:
    """Returns the rows of a model."""
    usual, exact, spent = network_of(name, precision="float32"), [], 0.0
    upscale(usual, images[0][:40, :40])
    for image in images:
        began = time.process_time()
        exact.append(upscale(usual, image).astype(int))
        spent += time.process_time() - began
    rows = []
    for precision in [p for p in PRECISIONS[2:] if p != "int8" or has_litert()]:
        network, figures, seconds, largest, seam = network_of(name, precision=precision), [], 0.0, 0, 0
        upscale(network, images[0][:40, :40])
        for image, usual_sr in zip(images, exact, strict=True):
            began = time.process_time()
            sr = upscale(network, image).astype(int)
            seconds += time.process_time() - began
            figures.append(psnr(sr - usual_sr))
            largest = max(largest, int(np.abs(sr - usual_sr).max()))
        for image in images[:2]:
            whole = upscale(network, image).astype(int)
            seam = max(seam, int(np.abs(upscale(network, image, tile=CUT) - whole).max()))
        mean = float(np.mean(figures))
        below = "" if mean >= FLOOR else f", below {FLOOR:g}: not taken by `auto`"
        rows.append(
            [
                *(name, precision, f"{mean:.1f}{below}", f"{min(figures):.1f}", str(largest), str(seam)),
                f"{seconds / spent:.2f}",
            ]
        )
    return rows


def measure() -> str:
    """Returns the section."""
    images = photographs()
    generators = [name for name in names() if "model" not in card(name)["generator"]]
    rows = []
    for name in generators:
        rows += compared(name, images)
        print(*rows[-2:], sep="\n", flush=True)
    table = markdown_table(
        ["model", "precision", "PSNR to float32, dB", "least", "largest difference", "seam", "time"], rows
    )
    return (
        f"{table}\n\nThe middle {SIDE}x{SIDE} of {len(images)} photographs: mean and least PSNR, largest "
        f"difference of a value in levels of 255; seam: largest difference between tiles of {CUT} and the "
        "whole; time: processor time over that of float32, int8's measuring of each image included."
    )


if __name__ == "__main__":
    sys.exit(exit_code(lambda: show(measure)))
