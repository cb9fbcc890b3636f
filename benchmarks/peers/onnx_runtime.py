"""ONNX files in onnxruntime: python onnx_runtime.py FOLDER. The fastest of FOLDER/*.onnx takes turns.

FOLDER holds lr.npy as well; the SR images are written to sr.npy.
"""

import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from turns import Call, fastest, take_turns


def form(path: Path, lr: np.ndarray) -> Call:
    """Returns the file as a function."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = os.cpu_count()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Its threads spin while it works, and let the cores to others between two calls.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: lr})[0]


def main() -> None:
    """Reads the arguments and takes turns."""
    folder = Path(sys.argv[1])
    lr = np.load(folder / "lr.npy")
    forms = {path.stem: form(path, lr) for path in sorted(folder.glob("*.onnx"))}
    best = fastest(forms)
    np.save(folder / "sr.npy", forms[best]())
    take_turns(forms[best], form=best, version=onnxruntime.__version__)


if __name__ == "__main__":
    main()
