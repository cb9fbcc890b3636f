"""Pictures side by side: the same window of several versions of an image, each labelled."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

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
      caption: the second line, such as its figures.
      picture: uint8 (H, W, 3).
    """

    title: str
    caption: str
    picture: np.ndarray


def busiest_window(picture: np.ndarray, side: int) -> Window:
    """The window with the most detail: where the gradient's magnitude sums highest.

    Args:
      picture: uint8 (H, W, 3).
      side: of the window; cut down to the picture's shorter side.
    """
    side = min(side, *picture.shape[:2])
    luma = picture.astype(np.float64).mean(axis=2)
    rows, columns = np.gradient(luma)
    detail = np.pad(np.hypot(rows, columns), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    sums = detail[side:, side:] - detail[:-side, side:] - detail[side:, :-side] + detail[:-side, :-side]
    top, left = np.unravel_index(int(np.argmax(sums)), sums.shape)
    return Window(int(top), int(left), side)


def side_by_side(rows: list[tuple[Window, list[Version]]], magnify: int = 2) -> Image.Image:
    """Draws a row of windows per image.

    Args:
      rows: for each image the window to show and its versions, from left to right.
      magnify: enlargement of the windows, by repeating pixels, so that nothing is smoothed.

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


def _panel(window: Window, version: Version, magnify: int) -> Image.Image:
    inside = np.s_[window.top : window.top + window.side, window.left : window.left + window.side]
    shown = Image.fromarray(version.picture[inside])
    shown = shown.resize((magnify * window.side, magnify * window.side), Image.Resampling.NEAREST)
    panel = Image.new("RGB", (shown.width, shown.height + LABEL_HEIGHT), BACKGROUND)
    panel.paste(shown, (0, LABEL_HEIGHT))
    draw = ImageDraw.Draw(panel)
    draw.text((0, 2), version.title, INK, ImageFont.load_default(18))
    draw.text((0, 24), version.caption, INK, ImageFont.load_default(15))
    return panel
