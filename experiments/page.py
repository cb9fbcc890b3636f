"""The page of an experiment, `docs/experiments/NAME.md`: differences from the paper, tables, plots, crops."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib.style
from matplotlib.figure import Figure

from srgan_tf.errors import UsageError
from srgan_tf.evaluation.comparison import Version, Window, side_by_side
from srgan_tf.files import replacing, write_text

SEAL = re.compile(r"\n<!-- written by experiments\.(\w+), (\w+) -->\n")
"""The last line of a page: who wrote it, and the sha256 of all above."""
LINES = (("#1b1b1b", "o", "-"), ("#b5541c", "s", "--"), ("#2b6ca3", "^", ":"), ("#7a7a7a", "D", "-."))
"""Colour, marker and dash of each line of a plot; without colour they differ too."""


def write_page(
    folder: Path, name: str, title: str, about: str, command: str, differences: Sequence[str], body: str
) -> Path:
    """Writes the page of an experiment and returns its path.

    Args:
      folder: of the pages.
      name: of the experiment.
      title: the heading.
      about: what of the paper this is, in a sentence or two.
      command: the command line that wrote the page.
      differences: what differs from the paper, a sentence each: steps, data, features, hardware.
      body: tables and images in Markdown.
    """
    listed = "\n".join(f"- {line}" for line in differences)
    parts = [f"# {title}", about, f"    {command}", "What differs from the paper:", listed, body.strip()]
    path = folder / f"{name}.md"
    write_text(path, sealed("\n\n".join(parts) + "\n", name))
    return path


def sealed(text: str, name: str) -> str:
    """Returns a page with a last line by which `check_ours` knows it, which no reader sees.

    Args:
      text: the page, in Markdown.
      name: of the experiment.
    """
    return f"{text}\n<!-- written by experiments.{name}, {_digest(text)} -->\n"


def check_ours(folder: Path, name: str, images: Sequence[str]) -> None:
    """Checks that a page may be written to a folder: there is none, or one that nobody has changed.

    Args:
      folder: of the pages.
      name: of the experiment.
      images: the files that the page shows.

    Raises:
      UsageError: a file would be lost that the experiment has not written.
    """
    page = folder / f"{name}.md"
    mine = False
    if page.is_file():
        text = page.read_text(encoding="utf-8", errors="replace")
        seal = SEAL.search(text)
        mine = bool(seal and seal.end() == len(text) and seal[2] == _digest(text[: seal.start()]))
    for path in (page, *(folder / image for image in images)):
        if path.is_dir() or (path.exists() and not mine):
            raise UsageError(
                f"{path} would be replaced, and {page.name} is not as this command wrote it: move it "
                "away, or give another --out"
            )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def beside(measured: str, published: str) -> str:
    """Returns a cell with a measured value and the published one, "-" for what is not known."""
    return f"{measured or '-'} ({published})" if published else measured or "-"


def save_crops(rows: list[tuple[Window, list[Version]]], path: Path, *, magnify: int = 3) -> None:
    """Writes the same window of several versions of each image, side by side, as a JPEG or PNG.

    Images of a benchmark must not be given away whole, so a window is small.

    Args:
      rows: for each image the window and its versions, from left to right.
      path: the file.
      magnify: factor by which the windows grow.

    Raises:
      UsageError: there is no image.
    """
    if not rows:
        raise UsageError(f"{path.name}: no image to show")
    with replacing(path) as written:
        side_by_side(rows, magnify).save(written, quality=90, subsampling=0)


def new_plot(rows: int = 1, columns: int = 1, *, width: float = 7.0, height: float = 3.6) -> Figure:
    """Returns a figure for plots; `figure.axes` lists them, row by row.

    Args:
      rows: plots from top to bottom.
      columns: plots from left to right.
      width: of each plot, inches.
      height: of each plot, inches.
    """
    with matplotlib.style.context({"axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True}):
        figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
        figure.subplots(rows, columns)
    return figure


def save_plot(figure: Figure, path: Path) -> None:
    """Writes a figure as PNG, complete or not at all."""
    with replacing(path) as written:
        figure.savefig(written, dpi=110, metadata={"Software": None})
