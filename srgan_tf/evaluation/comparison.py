"""Images side by side: the same window of several versions of an image, each labelled."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from srgan_tf.evaluation.results import Evaluation
from srgan_tf.files import replacing
from srgan_tf.images import read_rgb

GAP = 8
LABEL_HEIGHT = 46
BACKGROUND = (250, 250, 250)
INK = (20, 20, 20)


@dataclass(frozen=True)
class Window:
    """A square of an image.

    Attributes:
      top: first row, pixels.
      left: first column, pixels.
      side: height and width, pixels.
    """

    top: int
    left: int
    side: int


@dataclass(frozen=True)
class Version:
    """One version of an image.

    Attributes:
      title: the first line of its label, such as "bicubic".
      caption: the second line, such as its PSNR.
      image: uint8 (H, W, 3).
    """

    title: str
    caption: str
    image: np.ndarray


def busiest_window(image: np.ndarray, side: int) -> Window:
    """Returns the window with the most detail: where the gradient's magnitude sums highest.

    Args:
      image: uint8 (H, W, 3).
      side: of the window; cut down to the image's shorter side.
    """
    side = min(side, *image.shape[:2])
    rows, columns = np.gradient(image.astype(np.float64).mean(axis=2))
    detail = np.pad(np.hypot(rows, columns), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    sums = detail[side:, side:] - detail[:-side, side:] - detail[side:, :-side] + detail[:-side, :-side]
    top, left = np.unravel_index(int(np.argmax(sums)), sums.shape)
    return Window(int(top), int(left), side)


def side_by_side(rows: list[tuple[Window, list[Version]]], magnify: int = 2) -> Image.Image:
    """Draws a row of windows per image.

    Args:
      rows: for each image the window to show and its versions, from left to right.
      magnify: factor by which the windows grow, by repeating pixels, so that nothing is smoothed.

    Returns:
      An RGB image.
    """
    panels = [[_panel(window, version, magnify) for version in versions] for window, versions in rows]
    width = max(sum(p.width + GAP for p in row) for row in panels) + GAP
    height = sum(max(p.height for p in row) + GAP for row in panels) + GAP
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    y = GAP
    for row in panels:
        x = GAP
        for panel in row:
            sheet.paste(panel, (x, y))
            x += panel.width + GAP
        y += max(p.height for p in row) + GAP
    return sheet


def draw(
    evaluation: Evaluation,
    folder: Path,
    path: Path,
    *,
    methods: tuple[str, ...] = (),
    images: tuple[str, ...] = (),
    window: int = 160,
) -> None:
    """Draws methods side by side from what an evaluation left, each image's ground truth last.

    Args:
      evaluation: its results; those under its first protocol are drawn.
      folder: the report's folder.
      path: file to write; its suffix says in which format.
      methods: names of those to draw, from left to right; empty: all.
      images: names of those to draw; empty: all.
      window: side of what is shown of each image, HR pixels.
    """
    results = {(r.dataset, r.image, r.method, r.protocol): r for r in evaluation.results}
    protocol = evaluation.protocols[0].name
    rows = []
    for reference in evaluation.references:
        if images and reference.name not in images:
            continue
        versions = []
        for name in methods or tuple(m.name for m in evaluation.methods):
            result = results.get((reference.dataset, reference.name, name, protocol))
            if result:
                caption = "{psnr:.2f} dB / {ssim:.4f}".format_map(result.values)
                versions.append(Version(name, caption, read_rgb(folder / result.file)))
        hr = read_rgb(folder / reference.file)
        versions.append(Version("original", f"PSNR / SSIM, {protocol}", hr))
        rows.append((busiest_window(hr, window), versions))
    with replacing(path) as beside:
        side_by_side(rows).save(beside, quality=92, subsampling=0)


def _panel(window: Window, version: Version, magnify: int) -> Image.Image:
    inside = np.s_[window.top : window.top + window.side, window.left : window.left + window.side]
    shown = Image.fromarray(version.image[inside])
    shown = shown.resize((magnify * window.side, magnify * window.side), Image.Resampling.NEAREST)
    panel = Image.new("RGB", (shown.width, shown.height + LABEL_HEIGHT), BACKGROUND)
    panel.paste(shown, (0, LABEL_HEIGHT))
    draw = ImageDraw.Draw(panel)
    draw.text((0, 2), version.title, INK, ImageFont.load_default(18))
    draw.text((0, 24), version.caption, INK, ImageFont.load_default(15))
    return panel
