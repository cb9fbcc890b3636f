"""ONNX files in OpenVINO: python open_vino.py f32|bf16 FOLDER. The fastest of FOLDER/*.onnx takes turns.

FOLDER holds lr.npy as well; the SR images are written to sr.npy.
"""

import os
import sys
from pathlib import Path

import numpy as np
import openvino
from turns import Call, fastest, take_turns


def form(path: Path, precision: str, lr: np.ndarray) -> Call:
    """Returns the file as a function for images of this size."""
    core = openvino.Core()
    model = core.read_model(path)
    model.reshape(list(lr.shape))
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": os.cpu_count(),
    }
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    return lambda: request.infer({0: lr})[0]


def main() -> None:
    """Reads the arguments and takes turns."""
    precision, folder = sys.argv[1], Path(sys.argv[2])
    lr = np.load(folder / "lr.npy")
    forms = {path.stem: form(path, precision, lr) for path in sorted(folder.glob("*.onnx"))}
    best = fastest(forms)
    np.save(folder / "sr.npy", forms[best]())
    take_turns(forms[best], form=best, version=openvino.__version__.split("-")[0])


if __name__ == "__main__":
    main()
