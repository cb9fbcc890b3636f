"""Sheets of draws: the middle of an image as LR, degraded sixteen times, each with its values in words."""

import math

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

from srgan_tf.data.degradation.bicubic import downscale
from srgan_tf.data.degradation.draws import GAUSSIAN, NONE, QUIET, SINC, BlurDraw, Draw, PassDraw, drawn
from srgan_tf.data.degradation.passes import degraded_image
from srgan_tf.data.degradation.table import BLURS, RESIZINGS, Table
from srgan_tf.errors import UsageError

COLUMNS, ROWS = 4, 4
SHOWN = 288
"""Side of a panel's image."""

TEXT = 14
LINE = 18
GAP = 12
BACKGROUND, INK = "white", "black"


def sheet(image: np.ndarray, table: Table, seed: int, scale: int) -> Image.Image:
    """Returns a sheet of sixteen draws, each pixel of LR a square, with the values of the draw below.

    Args:
      image: uint8 (H, W, 3), of which the middle is shown, 288 HR pixels or less.
      table: the degradation.
      seed: of all draws.
      scale: the factor between LR and HR.

    Raises:
      UsageError: the image is smaller than an LR pixel.
    """
    hr = centre_crop(image, scale)
    clean = downscale(hr, scale, "pillow")
    captions, images = [], []
    for number in range(COLUMNS * ROWS):
        lr = degraded_image(hr, clean, table, (seed, number), scale)
        shown = Image.fromarray(lr).resize((hr.shape[1], hr.shape[0]), Image.Resampling.NEAREST)
        images.append(shown)
        captions.append(described(drawn(table, tf.constant((seed, number), tf.int64))))
    font = ImageFont.load_default(TEXT)
    lines = max(len(caption) for caption in captions)
    width = max(hr.shape[1], math.ceil(max(font.getlength(line) for text in captions for line in text)))
    height = hr.shape[0] + 4 + lines * LINE
    drawing = Image.new("RGB", (COLUMNS * (width + GAP) + GAP, ROWS * (height + GAP) + GAP), BACKGROUND)
    draw = ImageDraw.Draw(drawing)
    for number, (shown, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(number, COLUMNS)
        x, y = GAP + column * (width + GAP), GAP + row * (height + GAP)
        drawing.paste(shown, (x, y))
        for i, line in enumerate(caption):
            draw.text((x, y + hr.shape[0] + 4 + i * LINE), line, INK, font)
    return drawing


def centre_crop(image: np.ndarray, scale: int) -> np.ndarray:
    """Returns the middle of an image, `SHOWN` pixels or less, with sides that are multiples of `scale`.

    Raises:
      UsageError: the image is smaller than an LR pixel.
    """
    height, width = (min(side, SHOWN) // scale * scale for side in image.shape[:2])
    if not height or not width:
        raise UsageError(
            f"an image of {image.shape[1]}x{image.shape[0]} pixels is too small for --scale={scale}: "
            f"expected {scale} pixels or more on each side"
        )
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def described(draw: Draw) -> list[str]:
    """Returns what happens in a draw, a line for each step that it takes, in their order."""
    if draw.clean:
        return ["clean: bicubic alone"]
    first, second = draw.first, draw.second
    lines = [*_blur(first.blur), *_resizing(first, ""), *_noise(first), *_jpeg(first), *_blur(second.blur)]
    at_once = second.factor == 1
    to_lr = f"to LR, {RESIZINGS[int(second.method if at_once else draw.last_method)]}"
    lines += [*([to_lr] if at_once else _resizing(second, " of LR")), *_noise(second)]
    end = [] if at_once else [to_lr]
    end += _blur(draw.last)
    return [*lines, *end, *_jpeg(second)] if draw.jpeg_last else [*lines, *_jpeg(second), *end]


def _blur(draw: BlurDraw) -> list[str]:
    kind, side = int(draw.kind), int(draw.side)
    if kind == NONE:
        return []
    if kind == SINC:
        return [f"sinc, cut-off {float(draw.cutoff) / math.pi:.2f} pi, side {side}"]
    name, (wide, high) = BLURS[kind], draw.sigma.numpy()
    values = f"{wide:.2f}"
    if "anisotropic" in name:
        values += f" x {high:.2f}, {math.degrees(float(draw.rotation)):.0f}°"
    if " " in name:
        values += f", exponent {float(draw.shape):.2f}"
    return [f"blur {name}", f"    {values}, side {side}"]


def _resizing(draw: PassDraw, of: str) -> list[str]:
    factor = float(draw.factor)
    return [] if factor == 1 else [f"size x {factor:.2f}{of}, {RESIZINGS[int(draw.method)]}"]


def _noise(draw: PassDraw) -> list[str]:
    kind = int(draw.noise)
    if kind == QUIET:
        return []
    name = "Gaussian" if kind == GAUSSIAN else "Poisson"
    return [f"noise {name} {float(draw.level):.2f}{', grey' if draw.grey else ''}"]


def _jpeg(draw: PassDraw) -> list[str]:
    return [f"JPEG {int(draw.quality)}"] if draw.quality else []
