"""A photograph upscaled by another runtime, file in, PNG out: python files.py RUNTIME FOLDER IN OUT.

It does what a short program of someone who has the runtime and the weights does. FOLDER holds what
`benchmarks.upscaling` puts there: saved/ (TensorFlow), weights.npz (PyTorch), graph.onnx (OpenVINO).
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

Network = Callable[[np.ndarray], np.ndarray]
"""LR float32 (1, h, w, 3) in [0, 1] -> SR float32 (1, 4h, 4w, 3), about [-1, 1]."""

SCALE = 4
TILE, OVERLAP = 512, 40
"""LR pixels of a tile that are kept, and that are read around them: the receptive radius, against seams."""
REAL_ESRGAN_TILE, REAL_ESRGAN_OVERLAP = 256, 10
"""Those of its users: `--tile 256` of inference_realesrgan.py, whose `--tile_pad` is 10."""


def in_tiles(image: np.ndarray, network: Network) -> np.ndarray:
    """Returns an image upscaled in tiles of one size, which mirror images at its borders fill up."""
    height, width = image.shape[:2]
    sides = [-(-side // -(-side // TILE)) for side in (height, width)]
    padding = [(OVERLAP, OVERLAP + -side % tile) for side, tile in zip((height, width), sides, strict=True)]
    padded = np.pad(image, [*padding, (0, 0)], "symmetric")
    sr = np.empty((SCALE * height, SCALE * width, 3), np.uint8)
    for top in range(0, height, sides[0]):
        for left in range(0, width, sides[1]):
            read = padded[top : top + sides[0] + 2 * OVERLAP, left : left + sides[1] + 2 * OVERLAP]
            tile = upscaled(read, network)[SCALE * OVERLAP :, SCALE * OVERLAP :]
            place = sr[SCALE * top :, SCALE * left :][: SCALE * sides[0], : SCALE * sides[1]]
            place[:] = tile[: len(place), : place.shape[1]]
    return sr


def as_real_esrgan(image: np.ndarray, network: Network) -> np.ndarray:
    """Returns an image upscaled in the tiles of Real-ESRGAN's `tile_process`, seams and all."""
    height, width = image.shape[:2]
    sr = np.empty((SCALE * height, SCALE * width, 3), np.uint8)
    for top in range(0, height, REAL_ESRGAN_TILE):
        for left in range(0, width, REAL_ESRGAN_TILE):
            bottom, right = min(top + REAL_ESRGAN_TILE, height), min(left + REAL_ESRGAN_TILE, width)
            above, before = max(top - REAL_ESRGAN_OVERLAP, 0), max(left - REAL_ESRGAN_OVERLAP, 0)
            read = image[above : bottom + REAL_ESRGAN_OVERLAP, before : right + REAL_ESRGAN_OVERLAP]
            tile = upscaled(read, network)[SCALE * (top - above) :, SCALE * (left - before) :]
            place = sr[SCALE * top : SCALE * bottom, SCALE * left : SCALE * right]
            place[:] = tile[: len(place), : place.shape[1]]
    return sr


def upscaled(image: np.ndarray, network: Network) -> np.ndarray:
    """Returns a uint8 image upscaled at once."""
    sr = network(np.ascontiguousarray(image[None], np.float32) / 255)[0]
    return np.clip((sr + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)


def tensorflow(folder: Path) -> Network:
    """Returns the SavedModel that export.py writes, in float32."""
    import tensorflow as tf

    model = tf.saved_model.load(str(folder / "saved"))
    signature = model.signatures["upscale_float"]
    signature.model = model  # which must outlive it
    return lambda lr: signature(lr=tf.constant(lr))["sr"].numpy()


def pytorch(folder: Path) -> Network:
    """Returns PyTorch's fastest form without compiling, which would take longer than the image."""
    import torch
    from pytorch import SRResNet, folded, tail_first

    torch.set_num_threads(os.cpu_count())
    with np.load(folder / "weights.npz") as file:
        weights = dict(file)
    network = tail_first(folded(SRResNet(weights)), weights)
    network = network.to(torch.bfloat16, memory_format=torch.channels_last)

    def run(lr: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            x = torch.from_numpy(lr).permute(0, 3, 1, 2).bfloat16()  # which is channels_last as it stands
            return network(x).float().permute(0, 2, 3, 1).numpy()

    return run


def real_esrgan(folder: Path) -> Network:
    """Returns the network in PyTorch as Real-ESRGAN runs its own: float32, eager, as its modules stand."""
    import torch
    from pytorch import SRResNet, folded

    torch.set_num_threads(os.cpu_count())
    with np.load(folder / "weights.npz") as file:
        network = folded(SRResNet(dict(file)))  # RRDBNet has no batch normalisation

    def run(lr: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            x = torch.from_numpy(lr).permute(0, 3, 1, 2).contiguous()
            return network(x).permute(0, 2, 3, 1).numpy()

    return run


def open_vino(folder: Path) -> Network:
    """Returns our export in OpenVINO, in bfloat16, compiled for the size of its first tile."""
    import openvino

    core = openvino.Core()
    model = core.read_model(folder / "graph.onnx")
    requests = {}

    def run(lr: np.ndarray) -> np.ndarray:
        if lr.shape not in requests:
            model.reshape(list(lr.shape))
            settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "bf16"}
            settings["INFERENCE_NUM_THREADS"] = os.cpu_count()
            requests[lr.shape] = core.compile_model(model, "CPU", settings).create_infer_request()
        return requests[lr.shape].infer({0: lr})[0]

    return run


def main() -> None:
    """Reads the arguments and upscales."""
    runtime, folder, given, wanted = sys.argv[1:]
    networks = {f.__name__: f for f in (tensorflow, pytorch, real_esrgan, open_vino)}
    network = networks[runtime](Path(folder))
    image = np.asarray(Image.open(given).convert("RGB"))
    sr = (as_real_esrgan if runtime == "real_esrgan" else in_tiles)(image, network)
    Image.fromarray(sr).save(wanted, compress_level=1)  # Pillow's usual level would take seconds


if __name__ == "__main__":
    main()
