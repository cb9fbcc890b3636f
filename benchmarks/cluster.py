"""Four actors of a Ray cluster on this machine against one `upscale.py` with the same cores; their memory.

  python -m benchmarks.cluster                a section of RESULTS.md
  python -m benchmarks.cluster IMAGES ROUNDS  fewer images and rounds

The time is that between a tenth and nine tenths of the results, so that no start and no end counts. Reads
/proc, so it needs Linux."""

import os
import subprocess
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path

from benchmarks.image_size import astronaut
from benchmarks.results import show
from benchmarks.side_by_side import in_turns, ratio, table
from srgan_tf.cluster.upscale import PROGRAM
from srgan_tf.errors import WorkError, exit_code

ROOT = Path(__file__).parent.parent
MODEL, SIZE = "srresnet", (320, 240)
IMAGES, ROUNDS, ACTORS = 40, 3, 4
MAX_MEMORY = 10**9
GOAL = 1.11
"""A tenth less throughput."""

REASON = (
    "four processes share caches and memory that one has to itself, and each has threads of its own for PNG"
)


def folder_of(images: int, folder: Path) -> Path:
    """Returns a folder with images."""
    folder.mkdir()
    for i in range(images):
        astronaut(SIZE[0] + i % 3, SIZE[1]).save(folder / f"{i:04}.png")
    return folder


def steady(results: Path) -> float:
    """Returns the seconds that one LR megapixel took between a tenth and nine tenths of the results."""
    times = sorted(path.stat().st_mtime for path in results.glob("*.png"))
    skipped = max(len(times) // 10, 1)
    first, last = times[skipped - 1], times[-skipped]
    counted = len(times) - 2 * skipped + 1
    return (last - first) / (counted * SIZE[0] * SIZE[1] / 1e6)


def one_process(images: Path) -> float:
    """Returns the seconds a megapixel of `upscale.py`."""
    return _run(images, lambda out: ["upscale.py", str(images), f"--output={out}"], None)


def four_actors(images: Path, peaks: list[int]) -> float:
    """Returns the seconds a megapixel of four actors, and adds the peak of each one's memory in bytes."""

    def command(out: Path) -> list[str]:
        cores = len(os.sched_getaffinity(0)) / ACTORS
        size = [f"--workers={ACTORS}", f"--cpus={cores:g}", f"--max_memory={MAX_MEMORY / 1e9:g}"]
        return ["-m", "srgan_tf.cluster", "upscale", str(images), str(out), *size]

    return _run(images, command, peaks)


def _run(images: Path, command, peaks: list[int] | None) -> float:
    with tempfile.TemporaryDirectory(dir=images.parent) as out:
        process = subprocess.Popen([sys.executable, *command(Path(out)), f"--model={MODEL}"], cwd=ROOT)
        ended = threading.Event()
        seen: dict[int, int] = {}
        watcher = threading.Thread(target=_watch, args=(process.pid, ended, seen))
        watcher.start()
        code = process.wait()
        ended.set()
        watcher.join()
        if code:
            raise WorkError(f"{command(Path(out))} ended with {code}")
        if peaks is not None:
            peaks += seen.values()
        return steady(Path(out))


def _watch(driver: int, ended: threading.Event, peaks: dict[int, int]) -> None:
    """Keeps the highest memory of each actor that stems from a process."""
    while not ended.wait(0.5):
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if b"MapWorker" not in (path / "cmdline").read_bytes() or driver not in _ancestors(path):
                    continue
                lines = (path / "status").read_text().splitlines()
            except OSError:  # it has ended
                continue
            high = next((line for line in lines if line.startswith("VmHWM")), None)
            if high:
                peaks[int(path.name)] = 1024 * int(high.split()[1])


def _ancestors(process: Path) -> list[int]:
    found = []
    while process.name not in ("0", "1"):
        parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[1]
        found.append(int(parent))
        process = process.with_name(parent)
    return found


def measure(images: int = IMAGES, rounds: int = ROUNDS) -> str:
    """Returns the section's text."""
    peaks: list[int] = []
    with tempfile.TemporaryDirectory() as place:
        folder = folder_of(images, Path(place) / "images")
        one, four = "upscale.py", f"{ACTORS} actors of srgan-cluster"
        ways = {one: partial(one_process, folder), four: partial(four_actors, folder, peaks)}
        times = in_turns(ways, rounds, repeat=1, uncounted=0)
    row = ratio(times, four, one, GOAL, REASON)
    allowed = MAX_MEMORY + PROGRAM
    verdict = "met" if max(peaks) <= allowed else "missed"
    return "\n".join(
        [
            f"Weights `{MODEL}`, {images} images of {SIZE[0]}x{SIZE[1]}; seconds of the machine.",
            "",
            table([row], "s per LR megapixel"),
            "",
            f"Memory of an actor with `--max_memory={MAX_MEMORY / 1e9:g}`, the highest of {len(peaks)}: "
            f"{max(peaks) / 1e9:.2f} GB; goal {allowed / 1e9:.2f} GB with the program itself, {verdict}.",
        ]
    )


def main() -> None:
    """Prints the section."""
    show(lambda: measure(*map(int, sys.argv[1:])))


if __name__ == "__main__":
    sys.exit(exit_code(main))
