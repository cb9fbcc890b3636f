"""Time and memory of upscaling as the image grows: a file in, a PNG out, as upscale.py does it.

  python -m benchmarks.image_size  the section of RESULTS.md
  python -m benchmarks.image_size MODEL WIDTH HEIGHT ROUNDS SMALL_WIDTH SMALL_HEIGHT  one size, as JSON

Each size runs in a process of its own, since memory that was used once stays with the process; there it takes
turns with the smallest size. Reads /proc, so it needs Linux."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.results import show
from benchmarks.side_by_side import Ratio, in_turns, ratio, table, timed
from srgan_tf.errors import WorkError, exit_code
from srgan_tf.markdown import markdown_table
from srgan_tf.quiet import start_tensorflow

WEIGHTS = "srresnet"
SIZES = {(372, 279): 5, (864, 648): 5, (1632, 1224): 3, (4000, 3000): 2}
"""LR width and height: about 0.1, 0.5, 2 and 12 megapixels; and rounds. The largest takes minutes a round."""

GOAL = 1.1
REASON = "tiles overlap by the receptive radius, which images of one tile do not pay"


def memory(field: str) -> int:
    """Returns VmRSS (now) or VmHWM (highest so far) of this process, bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(field)).split()[1])


def astronaut(width: int, height: int):
    """Returns an image that comes with scikit-image, repeated to a size, in Pillow's form."""
    import numpy as np
    from PIL import Image
    from skimage import data

    image = data.coffee()
    repeats = (-(-height // image.shape[0]), -(-width // image.shape[1]), 1)
    return Image.fromarray(np.tile(image, repeats)[:height, :width])


def one(model: str, width: int, height: int, rounds: int, small: tuple[int, int]) -> dict:
    """Times one size in turns with a small one.

    Returns:
      Seconds per LR pixel by round of both, and the peak of memory above what the process held before.
    """
    start_tensorflow()
    from srgan_tf.inference.network import network_of
    from srgan_tf.inference.plan import Job
    from srgan_tf.inference.run import Options, upscale_file
    from srgan_tf.inference.upscaler import local

    network = network_of(model, precision="auto")
    upscaler = local(network)
    with tempfile.TemporaryDirectory() as folder:

        def way(name: str, size: tuple[int, int]):
            job = Job(Path(folder) / f"{name}.png", Path(folder) / f"{name}_sr.png")
            astronaut(*size).save(job.source, compress_level=1)
            upscaled = timed(lambda: upscale_file(job, upscaler, Options(overwrite=True)))
            return lambda: upscaled() / (size[0] * size[1])

        way("start", (8, 8))()  # starts the threads
        ways = {"small": way("small", small)}
        if (width, height) != small:
            ways["size"] = way("size", (width, height))
        base = memory("VmRSS")
        times = in_turns(ways, rounds, repeat=1, uncounted=0)
    return {"times": times, "peak": memory("VmHWM") - base, "precision": network.precision}


def sizes(model: str, given: dict[tuple[int, int], int]) -> tuple[list[Ratio], list[tuple[str, str]], str]:
    """Runs every size, the smallest first, which the others are measured against.

    Returns:
      Ratios of time per LR pixel, names and peaks of memory in MB, and the precision.
    """
    small = min(given)
    rows, peaks = [], []
    for (width, height), rounds in given.items():
        arguments = [model, width, height, rounds, *small]
        found = json.loads(in_process(*map(str, arguments)))
        name = f"{width * height / 1e6:.1f} megapixels in ({width}x{height})"
        peaks.append((name, f"{found['peak'] / 1e6:.0f}"))
        if (width, height) == small:
            smallest = name
        else:
            times = {name: found["times"]["size"], smallest: found["times"]["small"]}
            rows.append(ratio(times, name, smallest, GOAL, REASON))
    return rows, peaks, found["precision"]


def in_process(*arguments: str) -> str:
    """This module in another process; gives what it prints."""
    command = [sys.executable, "-m", "benchmarks.image_size", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise WorkError(f"{' '.join(arguments)}: ended with exit code {done.returncode}")
    return done.stdout


def measure() -> str:
    """Returns the section."""
    from srgan_tf.inference.upscaler import MAX_MEMORY

    rows, peaks, precision = sizes(WEIGHTS, SIZES)
    per_pixel = table(rows, "s per LR megapixel", lambda seconds: f"{seconds * 1e6:.3g}")
    memory = f"peak above the process's own memory, MB (bound {MAX_MEMORY / 1e6:.0f})"
    parts = [
        f"Weights `{WEIGHTS}`, {precision}, which `auto` takes for them.",
        per_pixel,
        markdown_table(["image", memory], peaks),
    ]
    return "\n\n".join(parts)


def main() -> None:
    """Returns the section, or one size."""
    if len(sys.argv) == 1:
        show(measure)
        return
    model, *numbers = sys.argv[1:]
    width, height, rounds, *small = map(int, numbers)
    show(lambda: json.dumps(one(model, width, height, rounds, tuple(small))))


if __name__ == "__main__":
    sys.exit(exit_code(main))
