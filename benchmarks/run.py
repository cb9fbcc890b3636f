"""Measures, and writes benchmarks/RESULTS.md.

  python -m benchmarks.run                          everything
  python -m benchmarks.run training_step inference  these sections again, the others stay

The images are those of SRGAN_DATA/train/photos where SRGAN_DATA is set, and scikit-image's elsewhere."""

import os
import subprocess
import sys
import time

from benchmarks.machine import circumstances
from benchmarks.results import RESULTS, replace
from srgan_tf.errors import UsageError, WorkError, exit_code

SECTIONS = {
    "training_step": "Training step, the paper's size",
    "training_peers": "Training step against PyTorch",
    "input_pipeline": "Input pipeline",
    "inference": "Inference, 256x256 to 1024x1024",
    "inference_peers": "Inference against other runtimes",
    "upscaling": "Upscaling files: whole processes",
    "precision": "Inference in bfloat16 and int8 against float32",
    "image_size": "Inference as the image grows",
    "profile": "Where the milliseconds go",
    "metrics": "Metrics",
    "cluster": "Upscaling on a cluster",
}
"""Each is a module of this package that prints its section's Markdown."""


def main() -> None:
    """Reads the names and measures."""
    arguments = sys.argv[1:]
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    unknown = [name for name in arguments if name not in SECTIONS]
    if unknown:
        raise UsageError(f"{unknown[0]}: no such section; expected some of {', '.join(SECTIONS)}")
    failed = [name for name in arguments or SECTIONS if not measure(name)]
    print(f"written to {RESULTS}")
    if failed:
        raise WorkError(f"not measured: {', '.join(failed)}; their sections are as they were")


def measure(name: str) -> bool:
    """Measures one section in a process of its own, so that none inherits another's threads and memory.

    Returns:
      Whether it went well; then it stands in the file.
    """
    when, began = circumstances(), time.perf_counter()
    print(f"{name} ...", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}"],
        stdout=subprocess.PIPE,
        text=True,
        env={"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ},
    )
    if done.returncode:
        return False
    print(f"{done.stdout}\n{name}: {time.perf_counter() - began:.0f} s\n", flush=True)
    text = f"## {SECTIONS[name]}: `python -m benchmarks.run {name}`\n\n{when}\n\n{done.stdout}"
    replace(name, text, tuple(SECTIONS), RESULTS)
    return True


if __name__ == "__main__":
    sys.exit(exit_code(main))
