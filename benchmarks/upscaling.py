"""`upscale.py` against other ways of upscaling files: whole processes, file in and PNG out.

  python -m benchmarks.upscaling              the section of RESULTS.md
  python -m benchmarks.upscaling 0.1 4 0.2    a trial, which says nothing about the goals: megapixels of the
                                              photograph, images of the folder, megapixels of the large one

Peak memory is what the operating system says of a process, so it needs Linux."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from benchmarks.peer import SCRIPTS, environment
from benchmarks.peer_inputs import write_weights
from benchmarks.results import show
from benchmarks.side_by_side import Ratio, Unmeasured, Way, in_turns, ratio, table, timed
from srgan_tf import load
from srgan_tf.errors import WorkError, exit_code
from srgan_tf.exporting.endpoints import Endpoints
from srgan_tf.exporting.runtimes import write_onnx
from srgan_tf.exporting.saved_model import write_saved_model
from srgan_tf.markdown import markdown_table

WEIGHTS = "srresnet"
ROUNDS, FOLDER_ROUNDS = 3, 2
SIZES = (2.0, 50, 12.0)
"""Megapixels of the photograph, images of the folder, megapixels of the image whose memory is measured."""

TRIAL = 0.02
"""Megapixels of an image that takes little more than start-up."""

SMALL = (640, 480)
"""Width and height of the folder's images: 0.3 megapixels."""

ALONE = 5
"""Of the folder's images, those that are upscaled by a process each; their time counts for all."""

PEERS = {
    "tensorflow": (None, "exported graph, float32, simple tiles of 512", 0.45),
    "pytorch": ("pytorch", "PyTorch, channels_last, bfloat16, tiles of 512", 0.6),
    "open_vino": ("open_vino", "OpenVINO, bfloat16, our export, tiles of 512", 0.9),
    "real_esrgan": ("pytorch", "Real-ESRGAN's way: PyTorch, float32, eager, tiles of 256, overlap 10", 0.25),
}
"""By runtime of `peers/files.py`: its environment (None for ours), its name and the goal."""

REASON = "start-up is in both times, and is given above"
FOLDER_GOAL, MEMORY_GOAL = 0.3, 1.5e9
FOLDER_REASON = "an image takes longer than the start of a process, which is all that can be saved"
PRECISIONS = ("float32", "bfloat16", "int8")
CLOSE = 35
"""PSNR in dB of a peer's result to ours, below which something is wrong; seams and int8 cost less."""


def photograph(megapixels: float) -> Image.Image:
    """Returns an image that comes with scikit-image, repeated to a size of 4 to 3."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = round(width * 3 / 4)
    image = data.coffee()
    repeats = (-(-height // image.shape[0]), -(-width // image.shape[1]), 1)
    return Image.fromarray(np.tile(image, repeats)[:height, :width])


def write_models(folder: Path) -> None:
    """Writes the network in the forms that `peers/files.py` reads."""
    model = load(WEIGHTS)
    write_weights(model, folder)
    write_onnx(model, folder / "graph.onnx")
    endpoints = Endpoints(model, max_pixels=1024 * 1024)
    write_saved_model(endpoints, folder / "saved", model_name=WEIGHTS, card="{}")


def upscale_command(given: Path, wanted: Path, *flags: str) -> list[str]:
    """Returns the command line of `upscale.py`."""
    place = [f"--model={WEIGHTS}", f"--output={wanted}", "--overwrite"]
    return [sys.executable, "upscale.py", str(given), *place, *flags]


def run(command: Sequence[str | Path]) -> str:
    """Runs a process and returns what it printed.

    Raises:
      WorkError: it failed; the last line of what it said.
    """
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip() or f"ended with exit code {done.returncode}"
        raise WorkError(said.splitlines()[-1])
    return done.stdout.strip()


def against_peers(folder: Path, megapixels: float, rounds: int) -> tuple[list[Ratio | Unmeasured], str]:
    """Times `upscale.py` and every peer that can be had, in turns.

    Returns:
      The rows, and a line about start-up and what `upscale.py` says when it is done.
    """
    photo, trial, ours = folder / "photo.jpg", folder / "trial.jpg", folder / "ours.png"
    photograph(megapixels).save(photo, quality=95)
    photograph(TRIAL).save(trial, quality=95)
    name = f"`upscale.py`, {megapixels:g} megapixels in"
    run(upscale_command(trial, ours))
    said = run(upscale_command(trial, ours)).replace(f"{folder}/", "")
    starts = [f"`upscale.py` {timed(lambda: run(upscale_command(trial, ours)))():.1f}"]
    rows: list[Ratio | Unmeasured] = []
    ways: dict[str, Way] = {name: timed(lambda: run(upscale_command(photo, ours)))}
    for runtime, (needs, title, _) in PEERS.items():
        try:
            python = sys.executable if needs is None else environment(needs)
            command = [python, SCRIPTS / "files.py", runtime, folder]
            theirs = folder / f"{runtime}.png"
            run([*command, trial, theirs])  # its files are in the system's cache from now on
            check(ours, theirs)
            starts.append(f"{title} {timed(lambda c=command, to=theirs: run([*c, trial, to]))():.1f}")
            ways[title] = timed(lambda c=command, to=theirs: run([*c, photo, to]))
        except WorkError as error:
            rows.append(Unmeasured(f"{name}, against {title}", str(error)))
    times = in_turns(ways, rounds, repeat=1, uncounted=0)
    for runtime, (_, title, goal) in PEERS.items():
        if title in ways:
            check(ours, folder / f"{runtime}.png")
            rows.append(ratio(times, name, title, goal, REASON))
    facts = f"Seconds of one run for {TRIAL:g} megapixels, nearly all start-up: {'; '.join(starts)}."
    return rows, f"`upscale.py` closes with: `{said.splitlines()[-1]}`. {facts}"


def check(ours: Path, theirs: Path) -> None:
    """Sees that a peer computes the same image.

    Raises:
      WorkError: it does not.
    """
    a, b = (np.asarray(Image.open(path)).astype(np.float32) for path in (ours, theirs))
    if a.shape != b.shape:
        raise WorkError(f"its result has the shape {b.shape}, ours {a.shape}")
    psnr = 10 * np.log10(255**2 / max(float(np.mean((a - b) ** 2)), 1e-9))
    if psnr < CLOSE:
        raise WorkError(f"its result is {psnr:.1f} dB from ours, expected {CLOSE} at least")


def folder_against_processes(folder: Path, images: int, rounds: int) -> Ratio:
    """Times a folder in one process against its images in a process each, of which `ALONE` are run."""
    given, wanted = folder / "images", folder / "results"
    given.mkdir()
    whole = photograph(4)
    for i in range(images):
        left, top = 13 * i, 7 * i
        whole.crop((left, top, left + SMALL[0], top + SMALL[1])).save(given / f"{i:03}.jpg", quality=95)
    alone = sorted(given.iterdir())[:ALONE]

    def one_by_one() -> float:
        before = time.perf_counter()
        for path in alone:
            run(upscale_command(path, wanted / f"{path.stem}.png"))
        return (time.perf_counter() - before) * images / len(alone)

    names = f"a folder of {images} images of {SMALL[0]}x{SMALL[1]}", "a process for each of them"
    together = timed(lambda: run(upscale_command(given, wanted)))
    times = in_turns(dict(zip(names, (together, one_by_one), strict=True)), rounds, repeat=1, uncounted=0)
    return ratio(times, *names, FOLDER_GOAL, FOLDER_REASON)


SMALL_PARENT = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Linux counts what a process held before it became another program, so the parent must be small."""


def peak_bytes(command: Sequence[str]) -> int:
    """Runs a process and returns the most memory that it held.

    Raises:
      WorkError: it failed.
    """
    return int(run([sys.executable, "-c", SMALL_PARENT, *command]).splitlines()[-1]) * 1024


def memory(folder: Path, megapixels: float) -> str:
    """Returns a table: the peak of a large image above that of a tiny one, in every precision."""
    large, tiny, to = folder / "large.jpg", folder / "tiny.png", folder / "sr.png"
    photograph(megapixels).save(large, quality=95)
    Image.new("RGB", (8, 8)).save(tiny)
    cells = []
    for precision in PRECISIONS:
        try:
            flag = f"--precision={precision}"
            base = peak_bytes(upscale_command(tiny, to, flag))
            above = peak_bytes(upscale_command(large, to, flag)) - base
            goal = f"{MEMORY_GOAL / 1e6:.0f}, {'met' if above <= MEMORY_GOAL else 'missed'}"
            cells.append([precision, f"{base / 1e6:.0f}", f"{above / 1e6:.0f}", goal])
        except WorkError as error:
            cells.append([precision, "", f"not measured: {error}", ""])
    names = ["precision", "8x8, MB", f"{megapixels:g} megapixels in, MB above that", "goal"]
    return markdown_table(names, cells)


def measure(sizes: tuple[float, int, float] = SIZES, rounds: int = ROUNDS) -> str:
    """Returns the section."""
    megapixels, images, large = sizes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_models(folder)
        rows, said = against_peers(folder, megapixels, rounds)
        rows.append(folder_against_processes(folder, images, min(rounds, FOLDER_ROUNDS)))
        peaks = memory(folder, large)
    return "\n\n".join([f"Weights `{WEIGHTS}`. {said}", table(rows), TEXT, peaks])


TEXT = f"""\
Every time is that of a whole process, from its start to its end, start-up of Python and of the library,
reading the JPEG and writing the PNG included on both sides. Peers are `peers/files.py`: the folded network,
in tiles that overlap by the receptive radius (40; for Real-ESRGAN's way 10, as its users have it), mirrored
at the borders as ours is, as many threads as cores, and PNG written by Pillow with level 1. Only forms that
need no compiling for minutes take part, so PyTorch is eager. Every result was compared with ours: {CLOSE} dB
at least, seams and int8 included. Of the folder's images {ALONE} were upscaled by a process each, and their
time counts for all. `python -m benchmarks.run image_size` has the time per pixel."""


def main() -> None:
    """Reads the sizes, if there are any, and measures."""
    if len(sys.argv) == 1:
        show(measure)
        return
    megapixels, images, large = sys.argv[1:]
    show(lambda: measure((float(megapixels), int(images), float(large)), rounds=1))


if __name__ == "__main__":
    sys.exit(exit_code(main))
