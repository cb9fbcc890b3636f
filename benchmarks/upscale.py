"""Memory and speed of upscaling: peak memory above the process's base, and megapixels per second.

    python -m benchmarks.upscale --model=WEIGHTS                            3840x2160 as upscale.py does it
    python -m benchmarks.upscale --model=WEIGHTS --sizes=1024x1024 --ways=tiles,whole,simple

Ways: `file` reads a picture file and writes a PNG; `tiles` is srgan_tf.upscale; `whole` gives the network the
whole picture; `simple` gives it tiles of 256 with the same overlap, undivided. Each runs in a process of its
own, since memory that was used once stays with the process. Reads /proc, so it needs Linux.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from srgan_tf.errors import UsageError, exit_code
from srgan_tf.quiet import start_tensorflow

WAYS = ("file", "tiles", "whole", "simple")


def memory(field: str) -> int:
    """VmRSS (now) or VmHWM (highest so far) of this process, bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(field)).split()[1])


def photograph(width: int, height: int):
    """A photograph that comes with scikit-image, repeated to a size."""
    import numpy as np
    from skimage import data

    image = data.coffee()
    repeats = (-(-height // image.shape[0]), -(-width // image.shape[1]), 1)
    return np.tile(image, repeats)[:height, :width].copy()


def work(way: str, model, picture, max_memory: int, folder: Path):
    """The way as a function without arguments; everything that is not its own work is done already."""
    from PIL import Image

    from srgan_tf.inference.network import prepared
    from srgan_tf.inference.plan import Job
    from srgan_tf.inference.run import Options, enlarge_file
    from srgan_tf.inference.upscaler import receptive_radius, tiles, upscale
    from srgan_tf.inference.whole import upscale_whole

    if way == "file":
        Image.fromarray(picture).save(folder / "lr.png", compress_level=1)
        job, network = Job(folder / "lr.png", folder / "sr.png"), prepared(model)
        return lambda: enlarge_file(job, network, Options(max_memory=max_memory))
    if way == "tiles":
        return lambda: upscale(model, picture, max_memory=max_memory)
    whole = upscale_whole(model)
    if way == "whole":
        return lambda: whole(picture)
    plan = tiles(*picture.shape[:2], 256, receptive_radius(model))
    return lambda: [whole(picture[t.read.slices]) for t in plan]


def measure(way: str, size: str, model_path: str, max_memory: int) -> None:
    """Runs one way once, and prints its row of the table."""
    start_tensorflow()
    import numpy as np

    from srgan_tf.inference.whole import upscale_whole
    from srgan_tf.models.pretrained import load

    width, height = map(int, size.split("x"))
    model = load(model_path)
    scale = upscale_whole(model)(np.zeros((8, 8, 3), np.uint8)).shape[0] // 8  # and starts the threads
    picture = photograph(width, height)
    with tempfile.TemporaryDirectory() as folder:
        do = work(way, model, picture, max_memory, Path(folder))
        if way == "file":
            del picture  # the file is read instead
        base = memory("VmRSS")
        start = time.perf_counter()
        do()
        seconds = time.perf_counter() - start
        peak = memory("VmHWM") - base
    pixels = width * height * scale**2 / 1e6
    sizes = f"{way:<8}{size:>11}{width * scale:>9}x{height * scale}"
    print(f"{sizes:<34}{peak / 1e6:12.0f} MB{seconds:9.1f} s{pixels / seconds:9.2f}", flush=True)


def main() -> None:
    """Starts a process for each way and size."""
    from srgan_tf.command_line import CommandLine

    command = CommandLine(__doc__)
    command.add("model", str, "a released name, a .keras file or a run directory", default="srgan")
    command.add("sizes", str, "of the LR pictures", default="3840x2160")
    command.add("ways", str, f"of {', '.join(WAYS)}", default="file")
    command.add("max_memory", float, "GB", default=2.0)
    command.add("one", bool, "measure in this process", default=False)
    command.parse_alone(sys.argv)
    ways, sizes = command["ways"].split(","), command["sizes"].split(",")
    if not set(ways) <= set(WAYS):
        raise UsageError(f"--ways={command['ways']}: expected some of {', '.join(WAYS)}")
    if command["one"]:
        measure(ways[0], sizes[0], command["model"], int(command["max_memory"] * 10**9))
        return
    print(f"{'way':<8}{'LR':>11}{'SR':>12}{'peak above base':>18}{'time':>11}  SR Mpixel/s", flush=True)
    for size in sizes:
        for way in ways:
            given = [f"--{name}={command[name]}" for name in ("model", "max_memory")]
            given += ["--one", f"--sizes={size}", f"--ways={way}"]
            subprocess.run([sys.executable, "-m", "benchmarks.upscale", *given], check=True)


if __name__ == "__main__":
    sys.exit(exit_code(main))
